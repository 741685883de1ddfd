"""Prints the contents of sheets as JSON: `sheets.py FILE…`, with .csv or .xlsx files, as {file: [sheet, …]}.

A sheet has "rows", of cells [kind, shown]: text, number, date (as YYYY-MM-DD[ HH:MM:SS]), bool, empty. That of a
workbook also has its "name", "frozen" rows, its "filter", whether the header is "bold", and "widths".
"""
import csv
import json
import re
import sys
import zipfile
from datetime import datetime, timedelta
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def read_csv(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return [{"rows": [[["text", cell] for cell in row] for row in csv.reader(file, strict=True)]}]


class Workbook:
    def __init__(self, path):
        self.zip = zipfile.ZipFile(path)
        self.strings = [text(item) for item in self.part("xl/sharedStrings.xml").iter(f"{MAIN}si")]
        styles = self.part("xl/styles.xml")
        custom = {node.get("numFmtId"): node.get("formatCode") for node in styles.iter(f"{MAIN}numFmt")}
        looks = [look.get("numFmtId") for look in styles.find(f"{MAIN}cellXfs")]
        self.dates = [14 <= int(look) <= 22 or "yy" in custom.get(look, "").lower() for look in looks]
        fonts = [font.find(f"{MAIN}b") is not None for font in styles.find(f"{MAIN}fonts")]
        self.bold = [fonts[int(look.get("fontId"))] for look in styles.find(f"{MAIN}cellXfs")]

    def part(self, name):
        found = name in self.zip.namelist()
        return ElementTree.fromstring(self.zip.read(name)) if found else ElementTree.Element("none")

    def sheets(self):
        files = {link.get("Id"): link.get("Target") for link in self.part("xl/_rels/workbook.xml.rels")}
        for sheet in self.part("xl/workbook.xml").iter(f"{MAIN}sheet"):
            xml = self.part("xl/" + files[sheet.get(RELATED)])
            pane, area = xml.find(f".//{MAIN}pane"), xml.find(f"{MAIN}autoFilter")
            yield {
                "name": sheet.get("name"),
                "frozen": None if pane is None or pane.get("state") != "frozen" else int(float(pane.get("ySplit"))),
                "filter": None if area is None else area.get("ref"),
                "bold": all(self.bold[int(cell.get("s", 0))] for cell in xml.find(f".//{MAIN}row")),
                "widths": list(widths(xml)),
                "rows": [self.row(row) for row in xml.iter(f"{MAIN}row")],
            }

    def row(self, row):
        cells = []
        for cell in row:
            cells += [["empty", ""]] * (column(cell.get("r")) - len(cells))
            cells.append(self.cell(cell))
        return cells

    def cell(self, cell):
        kind, value = cell.get("t", "n"), cell.findtext(f"{MAIN}v")
        if kind == "inlineStr":
            return ["text", text(cell)]
        if value is None:
            return ["empty", ""]
        if kind in ("s", "str"):
            return ["text", self.strings[int(value)] if kind == "s" else unescaped(value)]
        if kind == "b":
            return ["bool", "true" if value == "1" else "false"]
        if kind == "n" and self.dates[int(cell.get("s", 0))]:
            at = datetime(1899, 12, 30) + timedelta(seconds=round(float(value) * 86400))
            return ["date", f"{at:%Y-%m-%d}" if float(value).is_integer() else f"{at:%Y-%m-%d %H:%M:%S}"]
        return ["number" if kind == "n" else kind, value]


def text(node):
    return "".join(unescaped(part.text or "") for part in node.iter(f"{MAIN}t"))


def unescaped(value):
    """Characters that XML cannot hold are written as _x000D_."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), value)


def column(place):
    number = 0
    for letter in place.rstrip("0123456789"):
        number = number * 26 + ord(letter) - 64
    return number - 1


def widths(xml):
    for columns in xml.iter(f"{MAIN}col"):
        for _ in range(int(columns.get("min")), min(int(columns.get("max")), 100) + 1):
            yield float(columns.get("width"))


json.dump({path: read_csv(path) if path.endswith(".csv") else list(Workbook(path).sheets())
           for path in sys.argv[1:]}, sys.stdout)
