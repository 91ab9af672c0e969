use super::*;

fn pattern(text: &str) -> NameMatcher {
    NameMatcher::new(text, NameMatching::Pattern).unwrap()
}

fn regex(text: &str) -> NameMatcher {
    NameMatcher::new(text, NameMatching::Regex).unwrap()
}

#[test]
fn parameters_stand_for_what_is_between_the_text() {
    for (text, name, expected) in [
        ("/room-:id", "/room-12", Some(vec!["12"])),
        ("/room-:id", "/room-", None),
        ("/room-:id", "/room-a/b", None),
        ("/room-:id", "/rooms-1", None),
        ("/room-:id", "/a/room-1", None),
        ("/room-:id", "/room-é-日", Some(vec!["é-日"])),
        ("/:tenant/rooms", "/acme/rooms", Some(vec!["acme"])),
        ("/:tenant/rooms", "/acme/rooms/", None),
        ("/:a/:b", "/1/2", Some(vec!["1", "2"])),
        ("/:a/:b", "/1/2/3", None),
        ("/:a-:b", "/1-2-3", Some(vec!["1", "2-3"])),
        ("/:a-:b", "/--1", Some(vec!["-", "1"])),
        ("/:a-:b", "/-1", None),
        ("/:a-:b/x", "/1-2/x", Some(vec!["1", "2"])),
        ("/:a-:b/x", "/1/x-2/x", None),
        ("/files/*path", "/files/a/b/c", Some(vec!["a/b/c"])),
        ("/files/*path", "/files/", None),
        ("/:a/*rest", "/x/y/z", Some(vec!["x", "y/z"])),
        ("/*all", "/", None),
        ("/*all", "/x", Some(vec!["x"])),
    ] {
        let name_matches = pattern(text).matches(name);
        let values = pattern(text).params(name);
        let values: Vec<&str> = values.iter().map(|(_, value)| &**value).collect();
        assert_eq!(name_matches.then_some(values), expected, "{text} {name}");
    }
    let params = pattern("/:a_1/x-:B2").params("/v/x-w");
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    assert_eq!(params, [("a_1", "v"), ("B2", "w")].map(owned));
}

/// What a search through all possibilities finds, for short texts of few characters.
#[test]
fn no_reading_is_missed() {
    fn tries(params: &[Param], text: &str) -> bool {
        let Some((param, rest)) = params.split_first() else {
            return text.is_empty();
        };
        let mut ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
        ends.any(|end| {
            let (value, after) = text.split_at(end);
            let fits = param.checked(value).is_some();
            let after = after.strip_prefix(&*param.then);
            fits && after.is_some_and(|after| tries(rest, after))
        })
    }
    let texts: Vec<String> = (0..4_usize.pow(7))
        .map(|number| {
            let digit = |place| b"/a-:"[number / 4_usize.pow(place) % 4];
            let text = (0..7).map(|place| char::from(digit(place)));
            text.take_while(|c| *c != ':').collect()
        })
        .collect();
    for text in [
        "/:a-:b",
        "/:a-a:b/",
        "/:x/:y-:z",
        "/:x/a*y",
        ":x-/:y",
        "/:aa--:ab",
    ] {
        let pattern = Pattern::new(text).unwrap();
        for name in &texts {
            let expected = name
                .strip_prefix(&*pattern.start)
                .is_some_and(|rest| tries(&pattern.params, rest));
            assert_eq!(pattern.values(name).is_some(), expected, "{text} {name}");
        }
    }
}

#[test]
fn patterns_that_say_nothing_clear_are_refused() {
    for (text, error) in [
        ("/room", NameError::NoParameter),
        ("/room-:", NameError::Unnamed),
        ("/room-:-x", NameError::Unnamed),
        ("/*", NameError::Unnamed),
        ("/:a:b", NameError::Adjacent),
        ("/:a*b", NameError::Adjacent),
        ("/*a/b", NameError::AfterRest),
        ("/*a-:b", NameError::AfterRest),
        ("/:a/:a", NameError::Twice),
        ("/:é", NameError::Unnamed),
    ] {
        assert_eq!(Pattern::new(text).unwrap_err(), error, "{text}");
    }
}

#[test]
fn regular_expressions_match_whole_names() {
    for (text, name, matches) in [
        (r"/dynamic-\d+", "/dynamic-101", true),
        (r"^\/dynamic-\d+$", "/dynamic-101", true),
        (r"/dynamic-\d+", "/dynamic-101/x", false),
        (r"/dynamic-\d+", "/x/dynamic-101", false),
        (r"/dynamic-\d+", "/dynamic-१", false),
        (r"/a|/ab|/abc", "/abc", true),
        (r"/a|/ab|/abc", "/abcd", false),
        (r"/[^/]{1,64}", "/é", true),
        (r"/(?:red|green)\b.*", "/red one", true),
        (r"/(?:red|green)\b.*", "/reddish", false),
    ] {
        assert_eq!(regex(text).matches(name), matches, "{text} {name}");
        assert_eq!(regex(text).params(name), []);
    }
}

#[test]
fn regular_expressions_that_are_too_big_or_none_are_refused() {
    for text in [
        "/(",
        "/(?=a)a",
        r"/(a)\1",
        "/((a{100}){100}){100}",
        r"/(\w{1,200}é){1,200}",
        "/a)|(b",
    ] {
        let error = NameMatcher::new(text, NameMatching::Regex).unwrap_err();
        assert!(matches!(error, NameError::Regex(_)), "{text}: {error}");
    }
}

#[test]
fn names_of_children_fit_onto_the_wire() {
    assert!(is_child_name("/room-1?x={y}"));
    assert!(is_child_name(&"/".repeat(MAX_CHILD_NAME)));
    for name in [
        "",
        "room",
        "/a,b",
        "/a\nb",
        "/\u{7f}",
        &"/".repeat(MAX_CHILD_NAME + 1),
    ] {
        assert!(!is_child_name(name), "{name:?}");
    }
}
