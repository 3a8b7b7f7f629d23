//! A lab whose numbers are always the same.

fn main() {
    let rounds = std::env::args().nth(1).expect("the runner gives every parameter");
    let rounds: u32 = rounds.strip_prefix("rounds=").expect("its name").parse().expect("a number");
    println!("a line before the table");
    println!(
        r#"{{"columns":[{{"key":"p50","title":"p50","unit":"ms","digits":1}}],"rows":[{{"key":"answer","title":"the answer","values":{{"p50":{}}}}},{{"key":"rounds","title":"rounds","values":{{"p50":{rounds}}}}}]}}"#,
        tiny::guess::number()
    );
}
