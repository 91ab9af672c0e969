//! Socket.IO's other parser (npm: socket.io-msgpack-parser): a whole packet is one map in MessagePack, binary data
//! included. Here it becomes JSON text with attachments, as of all other clients, and the other way round.

mod read;
mod tree;

use bytes::Bytes;
use serde::Serialize;

use self::tree::Tree;
use super::outgoing::EncodeError;

pub(super) use read::{Bounds, read};

#[derive(Serialize)]
struct Packet<'a> {
    #[serde(rename = "type")]
    kind: u8,
    nsp: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Tree>,
}

/// Makes a packet of JSON text and the attachments that it has placeholders for.
pub(super) fn write(
    kind: u8,
    namespace: &str,
    id: Option<u64>,
    data: Option<&str>,
    attachments: Vec<Vec<u8>>,
) -> Result<Bytes, EncodeError> {
    let tree = data.map(|data| Tree::new(data, attachments)).transpose();
    let packet = Packet {
        kind,
        nsp: namespace,
        id,
        data: tree.map_err(|error| EncodeError(error.to_string()))?,
    };
    let bytes = rmp_serde::to_vec_named(&packet).map_err(|error| EncodeError(error.to_string()))?;
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::{
        super::packet::{Incoming, Kind, Malformed},
        *,
    };

    const BOUNDS: Bounds = Bounds {
        text: 1_000,
        attachments: 2,
    };

    fn read_hex(hex: &str) -> Result<Incoming, Malformed> {
        let digits: Vec<_> = hex.chars().filter(char::is_ascii_hexdigit).collect();
        let bytes = digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(&String::from_iter(pair), 16).unwrap());
        read(&bytes.collect(), BOUNDS)
    }

    #[test]
    fn packet_survives_both_ways() {
        let data = r#"["e\"é",{"a":[1,-2,1.5,null,true,"b"],"c":{"_placeholder":true,"num":0}}]"#;
        let bytes = write(2, "/chat", Some(300), Some(data), vec![vec![0, 255]]).unwrap();
        let packet = read(&bytes, BOUNDS).unwrap();
        assert_eq!(packet.kind, Kind::Event);
        assert_eq!(packet.namespace, "/chat");
        assert_eq!(packet.id, Some(300));
        assert_eq!(packet.data, data);
        assert_eq!(packet.attachments, [Bytes::from_static(&[0, 255])]);
    }

    /// As notepack.io writes `undefined` and dates.
    #[test]
    fn extensions_become_what_json_makes_of_them() {
        // {type: 0, data: undefined, nsp: "/"}
        let packet = read_hex("83 a474797065 00 a464617461 d40000 a36e7370 a12f").unwrap();
        assert_eq!((packet.kind, &*packet.data), (Kind::Connect, ""));
        // {type: 2, data: ["a", undefined, new Date(1500)], nsp: "/", options: {compress: true}}
        let packet = read_hex(
            "84 a474797065 02 a464617461 93 a161 d40000 d700 00000000000005dc a36e7370 a12f \
             a76f7074696f6e73 81 a8636f6d7072657373 c3",
        );
        assert_eq!(
            packet.unwrap().data,
            r#"["a",null,"1970-01-01T00:00:01.500Z"]"#
        );
    }

    /// The JSON of `{type: 2, data: ["a", …], nsp: "/"}`, and its attachments.
    fn read_argument(hex: &str) -> (String, Vec<Bytes>) {
        let hex = format!("83 a474797065 02 a464617461 92 a161 {hex} a36e7370 a12f");
        let packet = read_hex(&hex).unwrap();
        (packet.data, packet.attachments)
    }

    #[test]
    fn undefined_members_are_absent() {
        for (hex, expected) in [
            // {x: undefined}, {x: undefined, y: 1, z: undefined}, {x: [undefined]}
            ("81 a178 d40000", "{}"),
            ("83 a178 d40000 a179 01 a17a d40000", r#"{"y":1}"#),
            ("83 a179 01 a178 d40000 a17a 02", r#"{"y":1,"z":2}"#),
            ("81 a178 91 d40000", r#"{"x":[null]}"#),
        ] {
            assert_eq!(read_argument(hex).0, format!("[\"a\",{expected}]"), "{hex}");
        }
    }

    #[test]
    fn dates_are_those_of_javascript() {
        for (millis, expected) in [
            (0_i64, "\"1970-01-01T00:00:00.000Z\""),
            (-1, "\"1969-12-31T23:59:59.999Z\""),
            (951_782_399_999, "\"2000-02-28T23:59:59.999Z\""),
            (951_782_400_000, "\"2000-02-29T00:00:00.000Z\""),
            (-62_198_755_200_000, "\"-000001-01-01T00:00:00.000Z\""),
            (-62_167_219_200_000, "\"0000-01-01T00:00:00.000Z\""),
            (253_402_300_800_000, "\"+010000-01-01T00:00:00.000Z\""),
            (8_640_000_000_000_000, "\"+275760-09-13T00:00:00.000Z\""),
            (-8_640_000_000_000_000, "\"-271821-04-20T00:00:00.000Z\""),
            (8_640_000_000_000_001, "null"),
            (i64::MAX, "null"),
            (i64::MIN, "null"),
        ] {
            let (data, _) = read_argument(&format!("d700 {millis:016x}"));
            assert_eq!(data, format!("[\"a\",{expected}]"));
        }
    }

    #[test]
    fn typed_arrays_are_binary_data_and_other_extensions_lists() {
        let placeholder = r#"{"_placeholder":true,"num":0}"#;
        for (hex, expected, bytes) in [
            ("c7 03 00 010203", placeholder.to_owned(), &[1, 2, 3][..]),
            ("c8 0002 00 0102", placeholder.to_owned(), &[1, 2]),
            ("c9 00000000 00", placeholder.to_owned(), &[]),
            (
                "d6 ff 01020304",
                format!("[-1,{placeholder}]"),
                &[1, 2, 3, 4],
            ),
            ("d4 05 09", format!("[5,{placeholder}]"), &[9]),
            ("c7 01 7f 09", format!("[127,{placeholder}]"), &[9]),
        ] {
            let (data, attachments) = read_argument(hex);
            assert_eq!(data, format!("[\"a\",{expected}]"), "{hex}");
            assert_eq!(attachments, [Bytes::copy_from_slice(bytes)], "{hex}");
        }
    }

    #[test]
    fn names_and_texts_are_read_as_by_javascript() {
        // {1: "a", true: "b", null: "c"}, and half of a surrogate pair.
        let (data, _) = read_argument("84 01 a161 c3 a162 c0 a163 ff a3eda080");
        let half = "\u{fffd}".repeat(3);
        let expected = format!(r#"["a",{{"1":"a","true":"b","null":"c","-1":"{half}"}}]"#);
        assert_eq!(data, expected);
    }

    #[test]
    fn of_two_fields_with_one_name_the_last_counts() {
        // {type: 2, data: ["a", <1>], data: ["b", <2>], nsp: "/"}
        let packet = read_hex(
            "84 a474797065 02 a464617461 92 a161 c40101 a464617461 92 a162 c40102 a36e7370 a12f",
        );
        let packet = packet.unwrap();
        assert_eq!(packet.data, r#"["b",{"_placeholder":true,"num":0}]"#);
        assert_eq!(packet.attachments, [Bytes::from_static(&[2])]);
    }

    #[test]
    fn odd_ids_and_names_are_read_as_by_node() {
        for (id, read) in [
            ("cb4059000000000000", Some(100)),
            ("ff", None),
            ("cb7fefffffffffffff", None),
            ("cfffffffffffffffff", Some(u64::MAX)),
        ] {
            let packet = read_hex(&format!(
                "84 a474797065 02 a36e7370 a12f a26964 {id} a464617461 91 0c"
            ));
            let packet = packet.unwrap();
            assert_eq!((packet.id, &*packet.data), (read, "[12]"), "{id}");
        }
        // Events without a name are none.
        for data in ["90", "91 c0", "91 90"] {
            let packet = read_hex(&format!("83 a474797065 02 a36e7370 a12f a464617461 {data}"));
            assert_eq!(packet.unwrap().data, "");
        }
        // An acknowledgement of nothing.
        let packet = read_hex("83 a474797065 03 a36e7370 a12f a464617461 90").unwrap();
        assert_eq!((packet.id, &*packet.data), (None, "[]"));
    }

    #[test]
    fn anything_else_is_malformed() {
        for hex in [
            "",
            "c0",
            "80",
            "93 01 02 03",
            // An array, a map, a string, binary data that end too soon.
            "dd ffffffff",
            "df ffffffff",
            "db ffffffff",
            "83 a474797065 02 a36e7370 a12f a464617461 92 a161 c6 ffffffff",
            // An id that is null, one that is no integer; a reserved name.
            "84 a474797065 02 a36e7370 a12f a26964 c0 a464617461 91 a161",
            "84 a474797065 02 a36e7370 a12f a26964 cb3ff8000000000000 a464617461 91 a161",
            "83 a474797065 02 a36e7370 a12f a464617461 91 aa646973636f6e6e656374",
            // No type, an event without data, a kind that is the server's.
            "81 a36e7370 a12f",
            "82 a474797065 02 a36e7370 a12f",
            "82 a474797065 04 a36e7370 a12f",
            // More attachments than two; something after the packet.
            "83 a474797065 02 a36e7370 a12f a464617461 94 a161 c40100 c40100 c40100",
            "82 a474797065 00 a36e7370 a12f c0",
        ] {
            assert!(read_hex(hex).is_err(), "{hex}");
        }
        let deep = [vec![0x81, 0xa1, b'x'], vec![0x91; 100_000]].concat();
        assert!(read(&deep.into(), BOUNDS).is_err());
        let wide = [vec![0x81, 0xa1, b'x', 0xdc, 0xff, 0xff], vec![0xc0; 65_535]].concat();
        assert!(read(&wide.into(), BOUNDS).is_err());
    }
}
