//! The cost of a student in a roll that is imported again, in instructions.

use crate::common::cost;
use crate::common::harness::{School, has};

const FEW: usize = 100;
const MANY: usize = 1_100;

/// The instructions of importing a roll of this many students that changes nothing.
fn cost_of_the_same_again(students: usize) -> f64 {
    let school = School::new();
    let roll: String =
        (0..students).map(|nth| format!("H{nth:04},Student Number {nth},G{}\n", nth % 9)).collect();
    school.write("roll.csv", format!("code,name,group\n{roll}"));
    school.ok(&["student", "import", "roll.csv"]);
    cost::of(&school, &["student", "import", "roll.csv"])
}

#[test]
fn a_student_who_is_imported_again_costs_no_more_than_a_few_rows() {
    if !has("valgrind") {
        return;
    }
    let row = cost::of_a_row(&School::new());
    let student = (cost_of_the_same_again(MANY) - cost_of_the_same_again(FEW)) / (MANY - FEW) as f64;
    assert!(student < 5.0 * row, "a student costs as much as {:.1} rows", student / row);
}
