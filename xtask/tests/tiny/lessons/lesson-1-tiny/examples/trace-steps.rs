//! A trace whose times are always the same.

fn main() {
    let steps = std::env::args().nth(1).expect("the runner gives every parameter");
    let steps: u64 = steps.strip_prefix("steps=").expect("its name").parse().expect("a number");
    println!(
        r#"{{"lanes":[{{"name":"client","kernel":false}},{{"name":"kernel","kernel":true}}],"gauges":[{{"key":"queue","title":"queue","unit":"B","max":9}}]}}"#
    );
    for step in 0..steps {
        let (at, number) = (step * 44_000_000, tiny::guess::number());
        println!(
            r#"{{"at":{at},"lane":"client","to":"kernel","kind":"write","text":"`write`, {number} bytes","gauges":{{"queue":{step}}}}}"#
        );
    }
}
