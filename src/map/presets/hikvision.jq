# Hikvision: alertStream (XML), ISAPI AcsEvent searches and httpHosts pushes (JSON or XML). In XML numbers are text.
# Passes by card, PIN, fingerprint and face; the event does not tell which of the allowed ways was used.
def passes: " 1 2 16 38 40 43 46 54 57 60 63 66 69 72 75 77 101 156 181 "; # as text, which is searched faster than a list
def camera($event): $camera // $event.deviceID // $event.ipAddress // .deviceName // error("this message names no device: give --camera");
def seen($event; $time): {
  # The number of the person on the device, else the card.
  student: (.employeeNoString // .employeeNo // .cardNo | values | tostring | select(. != "")),
  ts: $time,                               # the device's clock, with its offset
  camera: (camera($event) | tostring)
};
def pass($major; $minor): select(($major | tonumber) == 5 and (passes | contains(" \($minor) ")));

(.EventNotificationAlert // .) as $event
| if $event.AcsEvent then $event.AcsEvent.InfoList[]? | pass(.major; .minor) | seen($event; .time)
elif $event.AccessControllerEvent then $event.AccessControllerEvent
  | pass(.majorEventType; .subEventType) | seen($event; $event.dateTime)
else
  # The stream repeats "videoloss, inactive" as its sign of life.
  ($event.eventType // "" | ascii_downcase) as $type | select($type == "heartbeat" or $type == "videoloss")
  | {type: "heartbeat", camera: (camera($event) | tostring), blind: ($type == "videoloss" and $event.eventState == "active")}
end
