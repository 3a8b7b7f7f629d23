//! Text that somebody could send.

/// Names that people have.
pub(super) const NAMES: [&str; 10] = [
    "Ada Lovelace",
    "Conan O'Brien",
    "Björk Guðmundsdóttir",
    "José María",
    "毛泽东",
    "Ἀριστοτέλης",
    "محمد بن موسى",
    "नरेन्द्र",
    "X Æ A-12",
    "-",
];

/// Names that are no danger to a server that takes text for text.
pub(super) const ATTACKS: [&str; 6] = [
    "Robert'); DROP TABLE users;--",
    "' OR '1'='1",
    "\\'; SELECT pg_sleep(10); /*",
    "%_%",
    "<script>alert(1)</script>",
    "${jndi:ldap://a}",
];

/// Addresses at which somebody could be.
pub(super) const PLAUSIBLE: [&str; 6] = [
    "a@b.c",
    "ada.lovelace+engine@mail.example.co.uk",
    "ADA@EXAMPLE.COM",
    "!#$%&'*+-/=?^_`{|}~@example.com",
    "1@2.3x",
    "a@xn--bcher-kva.example",
];

/// Addresses that are refused, some of them though RFC 5322 has such.
pub(super) const IMPLAUSIBLE: [&str; 29] = [
    "",
    "@",
    "ada",
    "ada@",
    "@example.com",
    "ada@example",
    "ada@@example.com",
    "ada@home@example.com",
    ".ada@example.com",
    "ada.@example.com",
    "a..da@example.com",
    "ada lovelace@example.com",
    " ada@example.com",
    "ada@example.com ",
    "ada@example.com\n",
    "ada@.example.com",
    "ada@example..com",
    "ada@example.com.",
    "ada@-example.com",
    "ada@example-.com",
    "ada@exam_ple.com",
    "ada@exam ple.com",
    "ada\r\nBcc: all@example.com",
    "ada\0@example.com",
    "adä@example.com",
    "ada@bücher.example",
    "\"ada\"@example.com",
    "ada@[127.0.0.1]",
    "Ada <ada@example.com>",
];

/// JSON that is no text, and what it is called.
pub(super) const NO_TEXT: [(&str, &str); 6] = [
    ("null", "null"),
    ("true", "`true`"),
    ("-7", "`-7`"),
    ("1.5", "`1.5`"),
    (r#"[["a"],{}]"#, "an array"),
    (r#"{"name":"Ada","email":[]}"#, "an object"),
];

/// JSON that is no age, and what it is called.
pub(super) const NO_AGES: [(&str, &str); 11] = [
    ("-1", "`-1`"),
    ("151", "`151`"),
    // 36 more than 2 to the power of 8, 32 and 64: what is cut off must not be the rest of it.
    ("292", "`292`"),
    ("4294967332", "`4294967332`"),
    ("-9223372036854775808", "`-9223372036854775808`"),
    ("18446744073709551615", "`18446744073709551615`"),
    ("18446744073709551652", "`1.8446744073709552e19`"),
    ("1e300", "`1e300`"),
    ("36.0", "`36.0`"),
    ("\"36\"", "text"),
    ("[36]", "an array"),
];

/// JSON that is no object, and what it is called.
pub(super) const NO_OBJECTS: [(&str, &str); 6] = [
    ("null", "null"),
    ("true", "`true`"),
    ("-7", "`-7`"),
    ("0.5", "`0.5`"),
    ("\"name\"", "text"),
    (r#"[{"name":"Ada","email":"ada@example.com"}]"#, "an array"),
];

/// Names of fields, and pointers to them.
pub(super) const POINTERS: [(&str, &str); 7] = [
    ("a/b", "#/a~1b"),
    ("~a", "#/~0a"),
    ("a b", "#/a%20b"),
    ("ä%", "#/%C3%A4%25"),
    ("\"<\n", "#/%22%3C%0A"),
    ("#", "#/%23"),
    ("", "#/"),
];

/// Documents that nobody can read, some of which break rules first.
pub(super) const MALFORMED: [&str; 12] = [
    "",
    " ",
    "{]",
    "{name:1}",
    "{'name':1}",
    r#"{"name":"Ada",}"#,
    "nul",
    "[1",
    "[] []",
    "{} {}",
    r#"{"name":7} x"#,
    r#"{"age":[1,}"#,
];

/// The answer to an address without an `@`.
pub(super) const INVALID_PROBLEM: &str = concat!(
    r#"{"type":"/problems/invalid-user","title":"The user is not valid","status":422,"#,
    r##""detail":"1 fault","errors":[{"pointer":"#/email","detail":"must have one `@`"}]}"##
);

/// The answer to a brace and nothing else.
pub(super) const MALFORMED_PROBLEM: &str = concat!(
    r#"{"type":"/problems/malformed-body","title":"The body cannot be read","status":400,"#,
    r#""detail":"EOF while parsing an object at line 1 column 1"}"#
);
