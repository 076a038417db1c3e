mod support;
use remote_sessions::*;
#[test]
fn leading_root() {
    for pad in 50..140usize {
        let body = format!("{}{{   \"a\":1}}", "x".repeat(pad));
        let s = Builder::new().root_item().skip_leading_text(true).limits(support::limits(|l| l.window = 64));
        let w = support::whole(&Builder::new().root_item().skip_leading_text(true), body.as_bytes());
        for size in [1, 3, 64] {
            let r = std::panic::catch_unwind(|| support::outcome_of(&s, body.as_bytes().chunks(size)));
            match r { Ok(o) if o == w => {}, Ok(o) => println!("differs {pad} {size} {o:?} {w:?}"), Err(_) => println!("panic {pad} {size}") }
        }
    }
}
