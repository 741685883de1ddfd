# Frigate: mosquitto_sub -F %j -t 'frigate/#' (docs/connect.md). One line out for each thing the message says.
def life($camera; $blind): {type: "heartbeat", $camera, $blind};
def known: select(. != null and . != "" and . != "unknown"); # Frigate calls a face it cannot name "unknown"

if ($topic // "") | endswith("/status/detect") then
  # online, offline or disabled. What the broker had kept vouches for nothing, but a camera that is off is off.
  (. != "online") as $blind | select($blind or ($retained | not)) | life($camera // ($topic | split("/")[-3]); $blind)
elif ($topic // "") | endswith("/available") then
  # The whole of Frigate, by its last will. It names no camera, so only --camera makes it a heartbeat.
  (. != "online") as $blind | select($camera and ($blind or ($retained | not))) | life($camera; $blind)
elif ($topic // "") | endswith("/stats") then
  # Every minute or so, for each camera: frames a second from the camera, and those looked at.
  .cameras | to_entries[] | life($camera // .key; .value.camera_fps == 0) + {snapshot_every: 60, processed_fps: .value.process_fps}
elif .type == "face" then
  # tracked_object_update: score is 0 to 1, timestamp is Unix time.
  {student: (.name | known), score, ts: .timestamp, camera: ($camera // .camera)}
elif .after then
  # events: sub_label is [name, score] or a name. Only a change of it is a recognition.
  select(.before.sub_label != .after.sub_label) | .after
  | {student: (.sub_label | if isarray then .[0] end | known), ts: .frame_time, camera: ($camera // .camera)}
    + if .sub_label | isarray then {score: .sub_label[1]} else {} end
else empty end
