# ZKTeco: ATTLOG lines (PIN, time, in or out, way of verifying, …; by tabs), and tables of pyzk (by commas).
# The time is the device's own wall clock without an offset: attend reads it in the school's zone.
split(if contains("\t") then "\t" else "," end) | map(trim)
| select(.[0] != "user_id")                # the header of a pyzk table
| if length < 2 or (.[1] | length) < 19 then error("not an ATTLOG line") end
| {
    student: .[0],                         # the PIN on the device
    ts: .[1],
    camera: $camera
  }
