# Double Take: mosquitto_sub -F %j -t 'double-take/matches/#' -t 'double-take/cameras/#'
# A face library's name is sent as it is stored there: Double Take writes h000104 for H000104.
def seen($message): {
  student: .name,                        # the name of the folder of training pictures
  score: (.confidence | scaled(-2)),     # 0 to 100
  ts: $message.timestamp,                # RFC 3339
  camera: ($camera // $message.camera)
};
def life: {type: "heartbeat", camera: ($camera // .camera), detected: .counts.person, matched: .counts.match};

if .match then . as $message | .match | seen($message)                            # double-take/matches/NAME
elif .matches then . as $message | (.matches[] | seen($message)), ($message | life) # double-take/cameras/CAMERA
else empty end
