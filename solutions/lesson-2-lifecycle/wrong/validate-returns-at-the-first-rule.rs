//! The first broken rule ends it.
//!
//! Rejected by: `a_field_can_break_two_rules`
//!
//! A form that shows one error at a time is sent as often as it has errors. Tell every rule that a value breaks; decide at the
//! end whether it is kept.
// ANCHOR: email
if text.len() > EMAIL_BYTES_MAX {
    broken(format_args!("must have at most {EMAIL_BYTES_MAX} bytes"));
    return None;
}
let parts = text.split_once('@').filter(|(_, domain)| !domain.contains('@'));
let Some((local, domain)) = parts else {
    broken(format_args!("must have one `@`"));
    return None;
};
if !is_local_part(local) {
    broken(format_args!("must have a local part such as `ada.lovelace` before the `@`"));
    return None;
}
if !is_domain(domain) {
    broken(format_args!("must have a domain such as `example.com` behind the `@`"));
    return None;
}
Some(text.into_owned())
// ANCHOR_END: email
