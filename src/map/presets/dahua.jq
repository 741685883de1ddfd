# Dahua: curl -N --digest 'http://DEVICE/cgi-bin/eventManager.cgi?action=attach&codes=[All]&heartbeat=5'
# Events are text: Code=NAME;action=ACTION;index=N;data={JSON}. There is no score.
def field($name): split(";")[] | select(startswith($name + "=")) | .[($name | length) + 1:];
def data: split(";data=")[1] | values | fromjson;
def life($blind): {type: "heartbeat", camera: $camera, $blind};

if startswith("Heartbeat") then life(false)
else (field("Code") // "") as $code
| if $code == "AccessControl" then data | select(.Status == 1) | {       # 1: let in
    student: (if .UserID // "" | tostring | . != "" then .UserID else .CardNo end | tostring | select(. != "")),
    ts: (.RealUTC // .UTC),                                             # Unix time of the device's clock
    camera: $camera
  }
  elif $code == "FaceRecognition" then data | .UTC as $ts | .Candidates[0]? | values | {
    student: (.Person.ID // .Person.Name | tostring), ts: $ts, camera: $camera,
    score: (.Similarity | scaled(-2))                                   # 0 to 100
  }
  # VideoLoss and VideoBlind begin with Start and end with Stop.
  elif $code == "VideoLoss" or $code == "VideoBlind" then life(field("action") == "Start")
  else empty end
end
