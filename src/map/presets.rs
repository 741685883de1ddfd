//! Programs for known sources.

use crate::domain::Invalid;
use crate::domain::suggest::did_you_mean;

/// How a stream is cut into messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// JSON, XML and multipart streams, recognised by their beginnings.
    Messages,
    /// Each line is a text.
    Lines,
}

/// A program that ships with attend.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Preset {
    /// The word on the command line.
    pub name: &'static str,
    /// The source, in words.
    pub source: &'static str,
    /// How the source's stream is cut.
    pub cut: Cut,
    /// Whether the messages of the source name no camera, so that `--camera` is required.
    pub needs_camera: bool,
    /// The jq program.
    pub program: &'static str,
}

macro_rules! preset {
    ($name:literal, $source:literal, $cut:ident, $needs_camera:literal) => {
        Preset {
            name: $name,
            source: $source,
            cut: Cut::$cut,
            needs_camera: $needs_camera,
            program: include_str!(concat!("presets/", $name, ".jq")),
        }
    };
}

/// Every preset, by name.
pub(crate) const PRESETS: [Preset; 8] = [
    preset!("badge", "badge readers and scanners that type a number and a newline", Lines, true),
    preset!("compreface", "CompreFace, the answers of its recognition service", Messages, true),
    preset!("dahua", "Dahua terminals and cameras, the stream of eventManager.cgi", Messages, true),
    preset!("deepstack", "DeepStack and CodeProject.AI, the answers of face recognition", Messages, true),
    preset!("double-take", "Double Take by MQTT", Messages, false),
    preset!("frigate", "Frigate by MQTT", Messages, false),
    preset!(
        "hikvision",
        "Hikvision terminals: alertStream, AcsEvent searches and pushed events",
        Messages,
        false
    ),
    preset!("zkteco", "ZKTeco terminals: ATTLOG lines and pyzk tables", Lines, true),
];

/// The preset called `name`.
pub(crate) fn find(name: &str) -> Result<&'static Preset, Invalid> {
    PRESETS.iter().find(|preset| preset.name == name).ok_or_else(|| {
        let hint = did_you_mean(name, PRESETS.iter().map(|preset| preset.name));
        Invalid::new(format!("no preset is called {name:?}")).hint(hint.unwrap_or_else(|| {
            "attend map --list shows all of them; a program of your own ends in .jq".to_owned()
        }))
    })
}
