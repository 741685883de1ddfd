//! Rules that the model does not know. The test leaves them out until it does.

/// An import replaces only the groups that an import gave; those given by hand stay. The model knows one group
/// of a student.
pub const IMPORT_BESIDE_GROUPS_BY_HAND: bool = false;
