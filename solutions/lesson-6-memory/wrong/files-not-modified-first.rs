//! It looks first whether the client has it.
//!
//! Rejected by: `select::conditions_are_evaluated_in_their_order`
//!
//! A request may have both kinds of conditions. `If-Match` says under which condition to do anything at all, and comes
//! first; otherwise a change goes through that its client has forbidden.
// ANCHOR: select
if is_what_the_client_has(validators, conditions) {
    return match conditions.method {
        Method::Get | Method::Head => Selected::NotModified,
        Method::Other => Selected::PreconditionFailed,
    };
}
if !is_what_the_client_expects(validators, conditions) {
    return Selected::PreconditionFailed;
}
select_range(validators, conditions)
// ANCHOR_END: select
