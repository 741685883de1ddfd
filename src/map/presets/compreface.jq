# CompreFace: what POST /api/v1/recognition/recognize answers. It tells neither the time nor the camera:
# lines get the instant they are read, and --camera names the camera.
(.result // []) as $faces
| [$faces[] | .subjects // [] | max_by(.similarity) | values] as $best
| ($best[] | {
    student: .subject,       # the name of the subject in CompreFace
    score: .similarity,      # 0 to 1
    camera: $camera
  }),
  # Every answer shows that the recogniser looked. Code 28 is "no face found", any other code is an error.
  {type: "heartbeat", camera: $camera, detected: ($faces | length), matched: ($best | length)}
  + if .code and .code != 28 then {last_error: (.message | tostring), blind: true} else {} end
