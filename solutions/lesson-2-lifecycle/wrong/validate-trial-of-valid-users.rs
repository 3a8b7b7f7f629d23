//! The trial sends users that are valid, and one that is not.
//!
//! Rejected by: `your_trial::your_trial_rejects_who_cuts_large_ages`,
//! `your_trial::your_trial_rejects_who_ends_at_the_first_fault`,
//! `your_trial::your_trial_rejects_who_ignores_unknown_fields`, `your_trial::your_trial_rejects_who_makes_numbers_of_text`,
//! `your_trial::your_trial_rejects_who_takes_the_last_of_two`,
//! `your_trial::your_trial_rejects_who_takes_any_address`, `your_trial::your_trial_rejects_who_takes_control_characters`,
//! `your_trial::your_trial_rejects_who_takes_null_for_a_name`, `your_trial::your_trial_rejects_who_trims_nothing`
//!
//! Most of what goes wrong with validators is about what they let pass, and where they stop. Each rule needs a document that
//! breaks it and nothing else, and one that just does not: 100 characters and 101, 150 years and 151.
// ANCHOR: trial
let user = |name: &str| format!(r#"{{"name":"{name}","email":"a@example.org","age":36}}"#);
for name in ["Ada", "Sinéad O'Connor", &"ü".repeat(100)] {
    assert_eq!(validate(&user(name)), Ok(()));
}
assert!(validate("{}").is_err());
// ANCHOR_END: trial
