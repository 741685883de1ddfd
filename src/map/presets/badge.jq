# Badge readers and scanners: a card number and a newline, as they type it. The time is when the line is read.
trim | select(. != "")
| if test("^[0-9A-Za-z:._-]{1,64}$") | not then error("not a badge") end
| {
    student: .,                            # leading zeros stay
    camera: $camera
  }
