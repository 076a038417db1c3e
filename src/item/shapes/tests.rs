//! What is kept and when it pays: all of it only decides how fast items are found, so no other test can see it.

use super::*;
use alloc::format;
use alloc::string::String;

static NAMES: [(&str, Field); 2] = [("id", Field::Slot(0)), ("list", Field::Foreign)];

/// An item of a layout of its own.
fn item(number: usize) -> String {
    format!("{{\"id\":1,\"n{number}\":2}}")
}

fn learn_and(fits: usize, shapes: &mut Shapes, number: usize) {
    shapes.learn(&item(number), &Fields::new(&NAMES));
    shapes.fits(shapes.recent, fits);
}

/// The same, however often it takes.
fn learn_now(shapes: &mut Shapes, number: usize) {
    while names(shapes).first() != Some(&format!("n{number}")) {
        learn_and(16, shapes, number);
    }
}

fn names(shapes: &Shapes) -> Vec<String> {
    let second = |number: usize| {
        let literal = &shapes.get(number).unwrap().members[1];
        let (from, length) = literal.name();
        String::from_utf8(literal.bytes()[from..from + length].to_vec()).unwrap()
    };
    shapes.numbers().map(second).collect()
}

#[test]
fn the_last_few_are_kept_and_the_one_that_fit_last_comes_first() {
    let mut shapes = Shapes::new();
    assert!(shapes.is_empty() && shapes.get(0).is_none() && shapes.numbers().count() == 0);
    for number in 0..SHAPES {
        learn_now(&mut shapes, number);
        assert!(!shapes.is_empty());
        assert_eq!(names(&shapes)[0], format!("n{number}"));
        assert_eq!(shapes.numbers().count(), number + 1);
    }
    let all: Vec<_> = (0..SHAPES).map(|number| format!("n{number}")).collect();
    for first in 0..SHAPES {
        shapes.fits(first, 1);
        let turned: Vec<_> = (0..SHAPES).map(|turn| all[(first + turn) % SHAPES].clone()).collect();
        assert_eq!(names(&shapes), turned);
    }
    // Another takes the place after the one that fit last.
    shapes.fits(1, 16);
    learn_now(&mut shapes, 9);
    assert_eq!(names(&shapes)[0], "n9");
    assert!(!names(&shapes).contains(&format!("n{}", 2 % SHAPES)) && names(&shapes).contains(&all[1]));
    learn_now(&mut shapes, 10);
    assert_eq!(shapes.numbers().count(), SHAPES);
}

#[test]
fn one_that_fits_few_items_makes_the_next_wait_twice_as_long() {
    let mut shapes = Shapes::new();
    learn_and(15, &mut shapes, 0);
    let mut tried = Vec::new();
    for number in 1..=60 {
        let before = names(&shapes)[0].clone();
        learn_and(0, &mut shapes, number);
        if names(&shapes)[0] != before {
            tried.push(number);
        }
    }
    // After one, three, seven, fifteen items that none fit, and thirty-one.
    assert_eq!(tried, [2, 6, 14, 30]);
    // If it fits many that does away with it; what others fit tells nothing of what is learned now.
    for is_newest in [false, true] {
        let (wait, newest) = (shapes.trial.wait(), shapes.newest);
        shapes.fits(if is_newest { newest } else { (newest + 1) % SHAPES }, 16);
        let mut numbers = 100..;
        while shapes.trial.wait() == wait {
            shapes.learn(&item(numbers.next().unwrap()), &Fields::new(&NAMES));
        }
        assert_eq!(shapes.trial.wait(), if is_newest { 0 } else { 2 * wait + 1 });
    }
}

#[test]
fn a_layout_that_has_no_shape_makes_the_next_wait_too() {
    let mut shapes = Shapes::new();
    let fields = Fields::new(&NAMES);
    let long = format!("{{\"{}\":1}}", "n".repeat(70));
    let many: String = (0..40).map(|number| format!("\"n{number}\":1,")).collect();
    for wrong in [
        "[1]",
        "{}",
        "{\"list\":[]}",
        "{\"\\u0069d\":1}",
        "{\"id\":1,\"\\u006cist\":1}",
        "{\"a\\\"b\":1}",
        "{\"id\":1,\"id\":2}",
        &long,
        &format!("{{{many}\"z\":1}}"),
    ] {
        shapes = Shapes::new();
        shapes.learn(wrong, &fields);
        assert!(shapes.is_empty(), "{wrong}");
        shapes.learn(&item(0), &fields);
        assert!(shapes.is_empty(), "waits for one");
        shapes.learn(&item(0), &fields);
        assert!(!shapes.is_empty(), "{wrong}");
    }
    assert_eq!(names(&shapes), ["n0"]);
}

#[test]
fn where_none_fits_again_and_again_none_is_tried_for_longer_and_longer() {
    let mut shapes = Shapes::new();
    learn_now(&mut shapes, 0);
    shapes.none_fits();
    assert!(shapes.may_fit(), "another may be learned yet");
    for number in 1..SHAPES {
        learn_now(&mut shapes, number);
    }
    for skipped in [1, 3, 7, 15, 31, 63, 127, 255, 255] {
        shapes.none_fits();
        for _ in 0..skipped {
            assert!(!shapes.may_fit());
        }
        assert!(shapes.may_fit() && shapes.may_fit());
    }
    shapes.fits(0, 1);
    shapes.none_fits();
    assert!(!shapes.may_fit() && shapes.may_fit());
}

#[test]
fn one_after_another_that_has_no_shape_is_tried_less_and_less() {
    let (mut shapes, fields) = (Shapes::new(), Fields::new(&NAMES));
    for wait in [0, 1, 3, 7, 15, 31] {
        assert_eq!(shapes.trial.wait(), wait);
        for _ in 0..wait {
            shapes.learn("[1]", &fields);
            assert_eq!(shapes.trial.wait(), wait, "not tried");
        }
        shapes.learn("[1]", &fields);
    }
    // But never without end.
    for _ in 0..100_000 {
        shapes.learn("[1]", &fields);
    }
    assert_eq!(shapes.trial.wait(), 1 << 12);
}

#[test]
fn a_shape_has_as_many_members_as_there_are_places_for_and_no_more() {
    let fields = Fields::new(&NAMES);
    for (others, fits) in [(MEMBERS - 2, true), (MEMBERS - 1, true), (MEMBERS, false)] {
        let others: String = (0..others).map(|number| format!(",\"n{number}\":1")).collect();
        let mut shapes = Shapes::new();
        shapes.learn(&format!("{{\"id\":1{others}}}"), &fields);
        assert_eq!(shapes.is_empty(), !fits, "{others}");
    }
}

#[test]
fn one_that_has_no_shape_makes_the_next_wait_however_many_fit_the_one_before() {
    let (mut shapes, fields) = (Shapes::new(), Fields::new(&NAMES));
    learn_and(16, &mut shapes, 0);
    for wait in [1, 3] {
        shapes.learn("[1]", &fields);
        assert_eq!(shapes.trial.wait(), wait);
    }
}

#[test]
fn a_known_name_that_stands_twice_leaves_no_shape_whichever_it_is() {
    static PAIR: [(&str, Field); 2] = [("id", Field::Slot(0)), ("user", Field::Slot(1))];
    let fields = Fields::new(&PAIR);
    for (item, has_one) in [
        (r#"{"id":1,"user":2,"user":3}"#, false),
        (r#"{"user":1,"id":2,"user":3}"#, false),
        (r#"{"user":1,"id":2,"group":3}"#, true),
    ] {
        let mut shapes = Shapes::new();
        shapes.learn(item, &fields);
        assert_eq!(!shapes.is_empty(), has_one, "{item}");
    }
}

#[test]
fn what_each_value_is_is_learned_with_the_bytes_between_them() {
    let learned = |item: &str| {
        let mut shapes = Shapes::new();
        shapes.learn(item, &Fields::new(&NAMES));
        format!("{:?}", shapes.get(0).unwrap())
    };
    let strings = learned(r#"{"id":"1","user":"2"}"#);
    assert_eq!(learned(r#"{"id":"3","user":"4"}"#), strings);
    assert_ne!(learned(r#"{"id":"1","user":2}"#), strings);
    assert_ne!(learned(r#"{"id":1,"user":"2"}"#), strings);
}

static TWO_NAMES: [(&str, Field); 5] = [
    ("id", Field::Slot(0)),
    ("device", Field::Slot(1)),
    ("dispositivo", Field::Slot(1)),
    ("gerat", Field::Slot(1)),
    ("user", Field::Slot(2)),
];

/// How many shapes these items leave, and how many members of the first have an alias.
fn shapes_and_aliases(items: &[&str]) -> (usize, usize) {
    let (mut shapes, fields) = (Shapes::new(), Fields::new(&TWO_NAMES));
    for item in items {
        shapes.trial = Trial::new();
        shapes.learn(item, &fields);
    }
    let first = shapes.get(0).unwrap();
    let aliases = first.members.iter().filter(|member| first.alias_of(member).is_some()).count();
    (shapes.numbers().count(), aliases)
}

#[test]
fn another_name_of_the_same_slot_is_an_alias_in_the_shape_that_is_there() {
    let plain = r#"{"id":1,"device":"a","user":"b","x":2}"#;
    for item in [
        r#"{"id":1,"dispositivo":"a","user":"b","x":2}"#,
        // Members may be absent, and names be written another way.
        r#"{"id":1,"dispositivo":"a","x":2}"#,
        r#"{"id":1, "device":"a","user":"b","x":2}"#,
        r#"{"id" :1,"device":"a","user":"b","x":2}"#,
    ] {
        assert_eq!(shapes_and_aliases(&[plain, item]), (1, 1), "{item}");
        assert_eq!(shapes_and_aliases(&[plain, item, item]).0, 2, "{item}: it was something else");
    }
    for item in [
        // Nothing but an absent member; another order; an end of another kind.
        r#"{"id":1,"device":"a","x":2}"#,
        r#"{"id":1,"user":"b","dispositivo":"a","x":2}"#,
        // What begins an item stands for nothing within one.
        r#"{"dispositivo":"a","user":"b","x":2}"#,
        r#"{"device":"a","user":"b","x":2}"#,
        r#"{"id":1,"dispositivo":"a","user":"b","x":2 }"#,
        // Names that mean nothing are not the same for standing in the same place.
        r#"{"id":1,"device":"a","user":"b","y":2}"#,
        r#"{"id":1,"dispositivo":"a","user":"b","y":2}"#,
        r#"{"id":1,"dispositivo":"a","user":"b","x":2,"y":3}"#,
    ] {
        assert_eq!(shapes_and_aliases(&[plain, item]), (2, 0), "{item}");
    }
}

#[test]
fn a_member_has_one_alias_and_a_shape_only_so_many() {
    let with = |name: &str| format!("{{\"id\":1,\"{name}\":2}}");
    let items = ["device", "dispositivo", "gerat"].map(with);
    let items: Vec<_> = items.iter().map(String::as_str).collect();
    assert_eq!(shapes_and_aliases(&items[..2]), (1, 1));
    assert_eq!(shapes_and_aliases(&items), (2, 1));

    static MANY: [(&str, Field); 7] = [
        ("a", Field::Slot(0)),
        ("b", Field::Slot(1)),
        ("c", Field::Slot(2)),
        ("d", Field::Slot(3)),
        ("e", Field::Slot(4)),
        ("f", Field::Slot(5)),
        ("id", Field::Slot(6)),
    ];
    let (mut shapes, fields) = (Shapes::new(), Fields::new(&MANY));
    let item = |number: usize, space: &str| {
        let space = |at| if at < number { space } else { "" };
        let members: Vec<_> = (0..6).map(|at| format!("{}\"{}\":1", space(at), MANY[at].0)).collect();
        format!("{{{}}}", members.join(","))
    };
    shapes.learn(&item(0, " "), &fields);
    // More than there is room for need a shape of their own.
    shapes.trial = Trial::new();
    shapes.learn(&item(5, "  "), &fields);
    assert_eq!(shapes.numbers().count(), 2);
    shapes.trial = Trial::new();
    for (number, count) in [(1, 2), (2, 2), (4, 2), (5, 3)] {
        shapes.trial = Trial::new();
        shapes.learn(&item(number, " "), &fields);
        assert_eq!(shapes.numbers().count(), count, "{number}");
    }
    let first = shapes.get(0).unwrap();
    let aliased: Vec<_> = first.members.iter().map(|member| first.alias_of(member).is_some()).collect();
    assert_eq!(aliased, [true, true, true, true, false, false]);
    // And each has a bit of its own.
    let bits = first.members.iter().filter_map(|member| first.alias_of(member)).map(|(_, bit)| bit);
    assert_eq!(bits.fold(0, |all, bit| all | bit), 0b1111);
}
