//! What the scanner must know of a language.

/// One language, under each of its names.
#[derive(Debug)]
pub(super) struct Language {
    pub(super) names: &'static [&'static str],
    /// Starts of comments that end with the line.
    pub(super) line_comments: &'static [&'static str],
    /// Start and end of comments over lines.
    pub(super) block_comment: Option<(&'static str, &'static str)>,
    pub(super) quotes: &'static [char],
    pub(super) keywords: &'static [&'static str],
    /// Words that are types although they begin in lower case.
    pub(super) types: &'static [&'static str],
    pub(super) traits: Traits,
}

/// Where languages differ in more than words.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Traits {
    /// Lifetimes, raw strings, attributes, macros, comments in comments.
    pub(super) rust: bool,
    /// A comment starts a line or follows a space: `$#` and `a#b` are none.
    pub(super) spaced_comments: bool,
    /// A name that begins in upper case is a type, one before `(` a call.
    pub(super) names_tell: bool,
    /// A string before `:` is a key.
    pub(super) string_keys: bool,
    /// A line in brackets is a heading.
    pub(super) headings: bool,
    /// Keywords may be written in either case.
    pub(super) any_case: bool,
    /// Digits are mostly parts of names.
    pub(super) no_numbers: bool,
}

const NONE: Traits = Traits {
    rust: false,
    spaced_comments: false,
    names_tell: false,
    string_keys: false,
    headings: false,
    any_case: false,
    no_numbers: false,
};

pub(super) static RUST: Language = Language {
    names: &["rust"],
    line_comments: &["//"],
    block_comment: Some(("/*", "*/")),
    quotes: &['"'],
    keywords: &[
        "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum",
        "extern", "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move",
        "mut", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
        "type", "unsafe", "use", "where", "while", "yield",
    ],
    types: &[
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8",
        "u16", "u32", "u64", "u128", "usize",
    ],
    traits: Traits { rust: true, names_tell: true, ..NONE },
};

pub(super) static SHELL: Language = Language {
    names: &["sh", "bash"],
    line_comments: &["#"],
    block_comment: None,
    quotes: &['"', '\''],
    keywords: &[
        "case", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in", "then",
        "while",
    ],
    types: &[],
    traits: Traits { spaced_comments: true, no_numbers: true, ..NONE },
};

/// Every language except `console`, which is a terminal, and `text`.
pub(super) static ALL: [&Language; 11] = [
    &RUST,
    &SHELL,
    &Language {
        names: &["toml", "ini"],
        line_comments: &["#", ";"],
        block_comment: None,
        quotes: &['"', '\''],
        keywords: &["true", "false"],
        types: &[],
        traits: Traits { spaced_comments: true, headings: true, ..NONE },
    },
    &Language {
        names: &["json"],
        line_comments: &[],
        block_comment: None,
        quotes: &['"'],
        keywords: &["true", "false", "null"],
        types: &[],
        traits: Traits { string_keys: true, ..NONE },
    },
    &Language {
        names: &["c"],
        line_comments: &["//"],
        block_comment: Some(("/*", "*/")),
        quotes: &['"', '\''],
        keywords: &[
            "break", "case", "const", "continue", "default", "do", "else", "enum", "extern", "for",
            "goto", "if", "return", "sizeof", "static", "struct", "switch", "typedef", "union",
            "volatile", "while",
        ],
        types: &[
            "char", "double", "float", "int", "long", "short", "signed", "size_t", "ssize_t",
            "unsigned", "void",
        ],
        traits: Traits { names_tell: true, ..NONE },
    },
    &Language {
        names: &["python"],
        line_comments: &["#"],
        block_comment: None,
        quotes: &['"', '\''],
        keywords: &[
            "False", "None", "True", "and", "as", "async", "await", "break", "class", "continue",
            "def", "del", "elif", "else", "except", "finally", "for", "from", "if", "import", "in",
            "is", "lambda", "not", "or", "pass", "raise", "return", "try", "while", "with",
            "yield",
        ],
        types: &[],
        traits: Traits { spaced_comments: true, names_tell: true, ..NONE },
    },
    &Language {
        names: &["sql"],
        line_comments: &["--"],
        block_comment: Some(("/*", "*/")),
        quotes: &['\''],
        keywords: &[
            "and", "as", "by", "create", "delete", "from", "group", "index", "insert", "into",
            "join", "key", "limit", "not", "null", "on", "or", "order", "primary", "select", "set",
            "table", "unique", "update", "values", "where",
        ],
        types: &["bigint", "integer", "text", "timestamptz", "uuid"],
        traits: Traits { any_case: true, ..NONE },
    },
    &Language {
        names: &["yaml"],
        line_comments: &["#"],
        block_comment: None,
        quotes: &['"', '\''],
        keywords: &["true", "false", "null"],
        types: &[],
        traits: Traits { spaced_comments: true, string_keys: true, ..NONE },
    },
    &Language {
        names: &["dockerfile"],
        line_comments: &["#"],
        block_comment: None,
        quotes: &['"'],
        keywords: &[
            "AS",
            "CMD",
            "COPY",
            "ENTRYPOINT",
            "ENV",
            "EXPOSE",
            "FROM",
            "HEALTHCHECK",
            "LABEL",
            "RUN",
            "USER",
            "WORKDIR",
        ],
        types: &[],
        traits: Traits { spaced_comments: true, ..NONE },
    },
    &Language {
        names: &["js", "css", "html"],
        line_comments: &["//"],
        block_comment: Some(("/*", "*/")),
        quotes: &['"', '\''],
        keywords: &["const", "else", "for", "function", "if", "let", "new", "return", "while"],
        types: &[],
        traits: Traits { names_tell: true, ..NONE },
    },
    &Language {
        names: &["http"],
        line_comments: &[],
        block_comment: None,
        quotes: &[],
        keywords: &["DELETE", "GET", "HEAD", "HTTP", "OPTIONS", "PATCH", "POST", "PUT"],
        types: &[],
        traits: NONE,
    },
];
