//! A real browser without a screen, driven through a pipe by its own debugging protocol.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::harness::{has, root};
use super::limit::Limited;

/// The names of the browser on different systems.
const PROGRAMS: [&str; 3] = ["chromium-headless-shell", "chromium", "chromium-browser"];

/// A screen on a wall, and a phone.
pub const WALL: (u32, u32) = (1920, 1080);
pub const PHONE: (u32, u32) = (390, 844);

/// A browser with one page. It is killed when it takes too long, so that no answer is waited for in vain.
pub struct Browser {
    _process: Limited,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    page: String,
    asked: u64,
    events: Vec<Value>,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser; `None`: there is none here, and not everything is to be tested.
    pub fn start() -> Option<Self> {
        let program = PROGRAMS.into_iter().find(|program| installed(program));
        if program.is_none() && !has(PROGRAMS[0]) {
            return None;
        }
        let profile = TempDir::new().unwrap();
        // The protocol is spoken on the descriptors 3 and 4.
        let mut command = Command::new("sh");
        command
            .args(["-c", "exec \"$@\" 3<&0 4>&1 >/dev/null 2>&1", "sh", program.unwrap_or_default()])
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--remote-debugging-pipe",
            ])
            .args(["--disable-background-networking", "--force-device-scale-factor=1"])
            // Containers have little shared memory. A page without it crashes, and answers nothing.
            .arg("--disable-dev-shm-usage")
            .arg(format!("--user-data-dir={}", profile.path().display()));
        let mut process = Limited::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()));
        let (requests, answers) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let answers = BufReader::new(answers);
        let (page, events) = Default::default();
        let mut browser =
            Self { _process: process, requests, answers, page, asked: 0, events, _profile: profile };
        let target = browser.ask("Target.createTarget", json!({"url": "about:blank"}))["targetId"].clone();
        let attached = browser.ask("Target.attachToTarget", json!({"targetId": target, "flatten": true}));
        attached["sessionId"].as_str().unwrap().clone_into(&mut browser.page);
        for domain in ["Page", "Network", "Log", "Runtime"] {
            browser.ask(&format!("{domain}.enable"), json!({}));
        }
        Some(browser)
    }

    /// Lets the clock of every page that is opened from now on stand still at an instant, in milliseconds since 1970.
    /// Then no page reloads itself either, which it would do in the middle of a test on a slow machine.
    pub fn set_clock(&mut self, millis: i64) {
        let source = format!(
            "{{ Date.now = () => {millis}; const every = setInterval; \
             setInterval = (run, wait) => wait < 10000 ? every(run, wait) : 0 }}"
        );
        self.ask("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source }));
    }

    /// The rules of accessibility that the open page breaks, each with its elements. `None` without [`axe`].
    pub fn violations(&mut self) -> Option<Value> {
        self.eval(&format!("{}; 1", axe()?));
        let found = "axe.run().then(found => found.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' ')))";
        Some(self.eval(found))
    }

    /// Shows every page from now on as a reader in dark mode does, or no longer.
    pub fn set_dark(&mut self, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.ask("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// Opens an address on a screen of a size, and waits until it is loaded.
    pub fn open(&mut self, address: &str, (width, height): (u32, u32)) {
        self.events.clear();
        let screen = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.ask("Emulation.setDeviceMetricsOverride", screen);
        self.ask("Page.navigate", json!({"url": address}));
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let event = self.read();
            self.events.push(event);
        }
    }

    /// Opens a file.
    pub fn open_file(&mut self, file: &Path, screen: (u32, u32)) {
        self.open(&format!("file://{}", file.display()), screen);
    }

    /// The value of an expression of JavaScript on the page.
    pub fn eval(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.ask("Runtime.evaluate", asked);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Addresses asked for since the page was opened, and complaints of the browser.
    pub fn noise(&mut self) -> Vec<String> {
        // An answer after everything that was on its way.
        self.eval("1");
        let told = self.events.iter().filter_map(|event| match event["method"].as_str()? {
            "Network.requestWillBeSent" => Some(&event["params"]["request"]["url"]),
            "Log.entryAdded" => Some(&event["params"]["entry"]["text"]),
            "Runtime.exceptionThrown" => Some(&event["params"]["exceptionDetails"]["text"]),
            _ => None,
        });
        told.map(|text| text.as_str().unwrap().to_owned()).collect()
    }

    /// The page as it is printed.
    pub fn print(&mut self) -> Vec<u8> {
        let printed =
            self.ask("Page.printToPDF", json!({"preferCSSPageSize": true, "printBackground": true}));
        STANDARD.decode(printed["data"].as_str().unwrap()).unwrap()
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let mut request = json!({"id": self.asked, "method": method, "params": params});
        if !self.page.is_empty() {
            request["sessionId"] = self.page.as_str().into();
        }
        write!(self.requests, "{request}\0").unwrap();
        self.requests.flush().unwrap();
        loop {
            let answer = self.read();
            if answer["id"] == self.asked {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }

    fn read(&mut self) -> Value {
        let mut message = Vec::new();
        self.answers.read_until(0, &mut message).unwrap();
        assert_eq!(message.pop(), Some(0), "the browser has ended, or was killed because it took too long");
        let message: Value = serde_json::from_slice(&message).unwrap();
        assert_ne!(message["method"], "Inspector.targetCrashed", "the page has crashed");
        message
    }
}

fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// The rules of accessibility that `.ci/run` installs; `None`: they are not here, and not everything is to be tested.
fn axe() -> Option<String> {
    let file: PathBuf = root().join("target/ci-tools/node_modules/axe-core/axe.min.js");
    let found = std::fs::read_to_string(&file).ok();
    let wanted = std::env::var_os("ATTEND_TEST_ALL").is_some();
    assert!(found.is_some() || !wanted, "{} is not installed", file.display());
    found
}
