# DeepStack and CodeProject.AI: what POST /v1/vision/face/recognize answers. It tells neither the time nor the camera:
# lines get the instant they are read, and --camera names the camera.
(.predictions // []) as $faces
| [$faces[] | select(.userid != "unknown" and .userid != null)] as $known
| ($known[] | {
    student: .userid,        # the name the face was registered under
    score: .confidence,      # 0 to 1
    camera: $camera
  }),
  # Every answer shows that the recogniser looked, unless it says that it failed.
  {type: "heartbeat", camera: $camera, detected: ($faces | length), matched: ($known | length)}
  + if .success == false then {last_error: (.error // "failed" | tostring), blind: true} else {} end
