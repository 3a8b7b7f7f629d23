//! Users from outside: one after the other, page by page, and across a restart.

use serde_json::json;

use super::Database;

#[test]
fn a_user_is_created_read_replaced_and_deleted() {
    let Some(database) = Database::start() else { return };
    let server = database.server(&[]);
    let mut client = server.client();
    let created =
        client.json("POST", "/users", r#"{"name":"Ada","email":"ada@example.org","age":36}"#);
    assert_eq!((created.status, created.header("etag")), (201, Some("\"1j\"")));
    let place = created.header("location").expect("where it is").to_owned();
    let ada = json!({"id": 1, "name": "Ada", "email": "ada@example.org", "age": 36, "version": 1});
    assert_eq!(created.json(), ada);
    for _ in 0..2 {
        assert_eq!(client.get(&place).json(), ada, "from the database, then from memory");
    }
    let unchanged = client.ask("GET", &place, &["if-none-match: \"1j\""], b"");
    assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
    let replaced =
        client.json("PUT", &place, r#"{"name":"Ada Lovelace","email":"ada@example.org"}"#);
    assert_eq!((replaced.status, &replaced.json()["version"]), (200, &json!(2)));
    assert_eq!(replaced.header("etag"), None, "it is not what was sent");
    assert_eq!(client.get(&place).json(), replaced.json());
    let fields = ["if-match: \"1j\"", "content-type: application/json"];
    let body = br#"{"name":"Eve","email":"eve@example.org"}"#;
    assert_eq!(client.ask("PUT", &place, &fields, body).status, 412, "somebody else was faster");
    assert_eq!(client.ask("DELETE", &place, &["if-match: \"1j\""], b"").status, 412);
    for tags in ["*", "\"2j\"", "\"7j\", W/\"2m\""] {
        let field = format!("if-none-match: {tags}");
        let fields = [field.as_str(), "content-type: application/json"];
        assert_eq!(client.ask("PUT", &place, &fields, body).status, 412, "{field}");
        assert_eq!(client.ask("DELETE", &place, &[&field], b"").status, 412, "{field}");
    }
    for (tags, status) in [
        ("\"7j\", \"2p\"", 200),
        ("W/\"3j\"", 412),
        ("what", 412),
        ("\"\u{e9}\"", 412),
        ("", 412),
        ("*", 200),
    ] {
        let field = format!("if-match: {tags}");
        let fields = [field.as_str(), "content-type: application/json"];
        assert_eq!(client.ask("PUT", &place, &fields, body).status, status, "{field}");
    }
    assert_eq!(client.ask("DELETE", &place, &["if-match: \"4j\""], b"").status, 204);
    for method in ["GET", "DELETE"] {
        assert_eq!(client.ask(method, &place, &[], b"").status, 404);
    }
    let again = client.json("POST", "/users", r#"{"name":"Ada","email":"ada@example.org"}"#);
    assert_eq!(again.json()["id"], 2, "an id is never given twice");
}

#[test]
fn every_fault_of_an_input_is_told_at_once() {
    let Some(database) = Database::start() else { return };
    let server = database.server(&[]);
    let answer = server.client().json(
        "POST",
        "/users",
        r#"{"name":"","email":"nobody","age":-1,"admin":true}"#,
    );
    assert_eq!(answer.status, 422);
    let problem = answer.json();
    let errors = problem["errors"].as_array().unwrap();
    let mut pointers: Vec<_> =
        errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["#/admin", "#/age", "#/email", "#/name"]);
}

#[test]
fn an_email_address_belongs_to_one_user() {
    let Some(database) = Database::start() else { return };
    let server = database.server(&[]);
    let mut client = server.client();
    let ada = r#"{"name":"Ada","email":"ada@example.org"}"#;
    assert_eq!(client.json("POST", "/users", ada).status, 201);
    assert_eq!(client.json("POST", "/users", ada).status, 409);
    // PostgreSQL gives out the next id before it finds that the user cannot be: ids grow, and may have gaps.
    let bob = client.json("POST", "/users", r#"{"name":"Bob","email":"bob@example.org"}"#);
    assert_eq!(client.json("PUT", bob.header("location").expect("where he is"), ada).status, 409);
}

#[test]
fn sql_in_an_input_is_text() {
    let Some(database) = Database::start() else { return };
    let server = database.server(&[]);
    let mut client = server.client();
    for (number, name) in [
        "Robert'); DROP TABLE users;--",
        "' OR '1'='1",
        "\"; VACUUM; \"",
        "%_\\",
        "Ünïcode 漢字 🦀",
    ]
    .iter()
    .enumerate()
    {
        let user = json!({"name": name, "email": format!("{number}@example.org")});
        let created = client.json("POST", "/users", &user.to_string());
        assert_eq!(created.status, 201, "{name}");
        let place = created.header("location").unwrap().to_owned();
        assert_eq!(client.get(&place).json()["name"], **name);
    }
    assert_eq!(client.get("/users").json()["users"].as_array().unwrap().len(), 5);
    assert_eq!(client.get("/users/1%27%20OR%201=1").status, 404);
}

#[test]
fn a_list_goes_page_by_page_and_deletions_move_nobody() {
    let Some(database) = Database::start() else { return };
    let server = database.server(&[]);
    let mut client = server.client();
    for number in 1..=45 {
        let user =
            json!({"name": format!("User {number}"), "email": format!("{number}@example.org")});
        assert_eq!(client.json("POST", "/users", &user.to_string()).status, 201);
    }
    let mut ids = Vec::new();
    let mut next = Some("/users?limit=10".to_owned());
    while let Some(path) = next {
        let page = client.get(&path).json();
        let users = page["users"].as_array().unwrap().clone();
        ids.extend(users.iter().map(|user| user["id"].as_u64().unwrap()));
        next = page["next"].as_str().map(String::from);
        // What was on an earlier page is deleted; nobody on the next one is skipped.
        assert_eq!(
            client.ask("DELETE", &format!("/users/{}", users[0]["id"]), &[], b"").status,
            204
        );
    }
    assert_eq!(ids, (1..=45).collect::<Vec<u64>>());
    assert_eq!(
        client.get("/users").json()["users"].as_array().unwrap().len(),
        20,
        "a page without a limit"
    );
}

#[test]
fn users_are_there_after_a_restart() {
    let Some(database) = Database::start() else { return };
    let server = database.server(&[]);
    let created =
        server.client().json("POST", "/users", r#"{"name":"Ada","email":"ada@example.org"}"#);
    assert_eq!(created.status, 201);
    let folder = server.stop();
    let server = database.server_in(folder, &[]);
    assert_eq!(server.get("/users/1").json(), created.json());
}
