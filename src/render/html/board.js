(function () {
  "use strict";
  var body = document.body, made = Number(body.dataset.made), every = Number(body.dataset.every) * 1000;
  var age = document.getElementById("age"), old = document.getElementById("old");
  var button = document.getElementById("pause");
  // The clock of a screen on a wall may be wrong. The server's counts, once it has answered.
  var ahead = 0, paused = false;

  function words(seconds) {
    if (seconds < 60) return seconds + " s ago";
    return seconds < 7200 ? Math.floor(seconds / 60) + " min ago" : Math.floor(seconds / 3600) + " h ago";
  }

  function tick() {
    var seconds = Math.max(0, Math.floor((Date.now() - ahead - made) / 1000));
    var stale = seconds * 1000 > 3 * every;
    age.textContent = words(seconds);
    body.classList.toggle("old", stale);
    old.hidden = !stale;
  }

  // Reloads only for news, so that a server that is gone leaves the last board standing.
  function look() {
    if (paused) return;
    if (location.protocol === "file:") return location.reload();
    fetch(location.href, { cache: "no-store" }).then(function (answer) {
      var date = Date.parse(answer.headers.get("Date"));
      if (!isNaN(date)) ahead = Date.now() - date;
      return answer.ok ? answer.text() : "";
    }).then(function (text) {
      var same = text.indexOf("data-made=\"" + made + "\"") >= 0;
      if (!paused && !same && text.indexOf("</html>") > 0) location.reload();
    }).catch(function () {});
  }

  button.hidden = false;
  button.addEventListener("click", function () {
    paused = !paused;
    button.setAttribute("aria-pressed", String(paused));
    button.textContent = paused ? "Paused" : "Pause";
  });
  tick();
  setInterval(tick, 1000);
  setInterval(look, every);
})();
