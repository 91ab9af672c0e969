//! From MessagePack to JSON text and attachments, in one pass, without a tree.
//!
//! What comes out is what the JSON parser's clients would have sent: the clients' library (npm: notepack.io) writes
//! `undefined`, dates and typed arrays as extensions, and what it reads of others is kept.

use std::borrow::Cow;

use bytes::Bytes;

use super::super::{
    outgoing::push_string,
    packet::{Incoming, Kind, Malformed, checked_namespace},
};

/// Levels of arrays and maps; payloads are measured again, with the tenant's limit.
const MAX_DEPTH: usize = 128;

/// How much text, and how many attachments, may come of a packet.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Bounds {
    pub(in super::super) text: usize,
    pub(in super::super) attachments: usize,
}

/// Reads a packet.
pub(in super::super) fn read(bytes: &Bytes, bounds: Bounds) -> Result<Incoming, Malformed> {
    let mut reader = Reader {
        bytes,
        at: 0,
        bounds,
        attachments: Vec::new(),
    };
    let packet = reader.packet()?;
    match reader.at == bytes.len() {
        true => Ok(packet),
        false => Err(Malformed("something after the packet")),
    }
}

struct Reader<'a> {
    bytes: &'a Bytes,
    at: usize,
    bounds: Bounds,
    attachments: Vec<Bytes>,
}

type Read<T> = Result<T, Malformed>;

const SHORT: Malformed = Malformed("a packet that ends too soon");
const NOT_INTEGER: Malformed = Malformed("not an integer where one belongs");
const UNKNOWN: Malformed = Malformed("MessagePack that JSON has no form for");

impl<'a> Reader<'a> {
    fn packet(&mut self) -> Read<Incoming> {
        let mark = self.byte()?;
        let fields = match mark {
            0x80..=0x8f => usize::from(mark & 0xf),
            0xde => self.number(2)?,
            _ => return Err(Malformed("not a map")),
        };
        let (mut kind, mut namespace, mut id, mut data) = (None, None, None, String::new());
        for _ in 0..fields {
            match &*self.text()? {
                "type" => kind = Some(self.integer()?),
                "nsp" => namespace = Some(checked_namespace(&self.text()?)?),
                "id" => id = self.integer_or_undefined()?,
                "data" => {
                    // If it comes twice, the last one counts.
                    self.attachments.clear();
                    data = self.json()?;
                }
                _ => {
                    let attachments = self.attachments.len();
                    self.json()?;
                    self.attachments.truncate(attachments);
                }
            }
        }
        let mut packet = Incoming {
            kind: match kind {
                Some(0) => Kind::Connect,
                Some(1) => Kind::Disconnect,
                Some(2) => Kind::Event,
                Some(3) => Kind::Ack,
                _ => return Err(Malformed("no such kind of packet")),
            },
            namespace: namespace.ok_or(Malformed("no namespace"))?,
            id,
            data,
            attachments: std::mem::take(&mut self.attachments),
        };
        // This parser of Node's asks for data where the other one does not.
        if matches!(packet.kind, Kind::Event | Kind::Ack) && packet.data.is_empty() {
            return Err(Malformed("a packet without data"));
        }
        // Nor does it look at names.
        if packet.kind == Kind::Event && packet.data.starts_with('[') && !packet.has_name() {
            packet.data = String::new();
        }
        packet.check()?;
        Ok(packet)
    }

    /// A value as JSON text; `undefined` is none.
    fn json(&mut self) -> Read<String> {
        let mut text = String::new();
        if !self.skip_undefined() {
            self.value(&mut text, 0)?;
        }
        Ok(text)
    }

    fn value(&mut self, text: &mut String, depth: usize) -> Read<()> {
        if depth > MAX_DEPTH {
            return Err(Malformed("too deep"));
        }
        if text.len() > self.bounds.text {
            return Err(Malformed("too large"));
        }
        let mark = self.byte()?;
        match mark {
            0x00..=0x7f | 0xcc..=0xd3 | 0xe0..=0xff => {
                let integer = self.integer_after(mark)?;
                text.push_str(&integer.to_string());
            }
            0x80..=0x8f => self.map(text, usize::from(mark & 0xf), depth)?,
            0x90..=0x9f => self.array(text, usize::from(mark & 0xf), depth)?,
            0xa0..=0xbf | 0xd9..=0xdb => push_string(text, &self.text_after(mark)?),
            0xc0 => text.push_str("null"),
            0xc2 => text.push_str("false"),
            0xc3 => text.push_str("true"),
            0xc4..=0xc6 => {
                let length = self.number(1 << (mark - 0xc4))?;
                self.binary(text, length)?;
            }
            0xca => {
                let float = f32::from_be_bytes(self.array_of()?);
                push_float(text, float.into());
            }
            0xcb => {
                let float = f64::from_be_bytes(self.array_of()?);
                push_float(text, float);
            }
            0xc7..=0xc9 => {
                let length = self.number(1 << (mark - 0xc7))?;
                match self.byte()? {
                    // An ArrayBuffer, or a view of one.
                    0 => self.binary(text, length)?,
                    kind => self.extension(text, kind, length)?,
                }
            }
            0xd4..=0xd8 => match (mark, self.byte()?) {
                // `undefined`, which is null in a list.
                (0xd4, 0) => {
                    self.take(1)?;
                    text.push_str("null");
                }
                (0xd7, 0) => {
                    let millis = i64::from_be_bytes(self.array_of()?);
                    push_date(text, millis);
                }
                (mark, kind) => self.extension(text, kind, 1 << (mark - 0xd4))?,
            },
            0xdc | 0xdd => {
                let length = self.number(2 << (mark - 0xdc))?;
                self.array(text, length, depth)?;
            }
            0xde | 0xdf => {
                let length = self.number(2 << (mark - 0xde))?;
                self.map(text, length, depth)?;
            }
            _ => return Err(UNKNOWN),
        }
        Ok(())
    }

    fn array(&mut self, text: &mut String, length: usize, depth: usize) -> Read<()> {
        text.push('[');
        for item in 0..length {
            if item > 0 {
                text.push(',');
            }
            self.value(text, depth + 1)?;
        }
        text.push(']');
        Ok(())
    }

    fn map(&mut self, text: &mut String, length: usize, depth: usize) -> Read<()> {
        text.push('{');
        let mut is_first = true;
        for _ in 0..length {
            let before = text.len();
            if !is_first {
                text.push(',');
            }
            self.key(text)?;
            // As in JSON, members that are undefined are not there.
            if self.skip_undefined() {
                text.truncate(before);
                continue;
            }
            text.push(':');
            self.value(text, depth + 1)?;
            is_first = false;
        }
        text.push('}');
        Ok(())
    }

    /// The name of a member. JavaScript makes a text of whatever it is.
    fn key(&mut self, text: &mut String) -> Read<()> {
        let mark = self.byte()?;
        match mark {
            0xc0 => push_string(text, "null"),
            0xc2 => push_string(text, "false"),
            0xc3 => push_string(text, "true"),
            0x00..=0x7f | 0xcc..=0xd3 | 0xe0..=0xff => {
                push_string(text, &self.integer_after(mark)?.to_string());
            }
            _ => push_string(text, &self.text_after(mark)?),
        }
        Ok(())
    }

    /// An extension that means nothing here: a list of its kind and its bytes.
    fn extension(&mut self, text: &mut String, kind: u8, length: usize) -> Read<()> {
        text.push_str(&format!("[{},", i8::from_be_bytes([kind])));
        self.binary(text, length)?;
        text.push(']');
        Ok(())
    }

    /// Puts binary data aside, and a placeholder in its place.
    fn binary(&mut self, text: &mut String, length: usize) -> Read<()> {
        if self.attachments.len() >= self.bounds.attachments {
            return Err(Malformed("too many attachments"));
        }
        // A copy: a slice would keep the whole packet, of which only the slice is counted.
        let attachment = Bytes::copy_from_slice(self.take(length)?);
        let number = self.attachments.len();
        text.push_str(&format!("{{\"_placeholder\":true,\"num\":{number}}}"));
        self.attachments.push(attachment);
        Ok(())
    }

    fn text(&mut self) -> Read<Cow<'a, str>> {
        let mark = self.byte()?;
        self.text_after(mark)
    }

    /// A text. JavaScript's halves of surrogate pairs have no UTF-8; they are replaced, as every decoder does.
    fn text_after(&mut self, mark: u8) -> Read<Cow<'a, str>> {
        let length = match mark {
            0xa0..=0xbf => usize::from(mark & 0x1f),
            0xd9..=0xdb => self.number(1 << (mark - 0xd9))?,
            _ => return Err(Malformed("not a string where one belongs")),
        };
        Ok(String::from_utf8_lossy(self.take(length)?))
    }

    /// An integer; some packers write those of JavaScript as floats.
    fn integer(&mut self) -> Read<i128> {
        let float = match self.byte()? {
            0xca => f32::from_be_bytes(self.array_of()?).into(),
            0xcb => f64::from_be_bytes(self.array_of()?),
            mark => return self.integer_after(mark),
        };
        match float.is_finite() && float.fract() == 0.0 {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "an integer; beyond all that an id can be, it stays beyond"
            )]
            true => Ok(float as i128),
            false => Err(NOT_INTEGER),
        }
    }

    /// An id. One that is not any client's is none, as in the other parser.
    fn integer_or_undefined(&mut self) -> Read<Option<u64>> {
        if self.skip_undefined() {
            return Ok(None);
        }
        Ok(self.integer()?.try_into().ok())
    }

    fn integer_after(&mut self, mark: u8) -> Read<i128> {
        Ok(match mark {
            0x00..=0x7f => mark.into(),
            0xe0..=0xff => i8::from_be_bytes([mark]).into(),
            0xcc => u8::from_be_bytes(self.array_of()?).into(),
            0xcd => u16::from_be_bytes(self.array_of()?).into(),
            0xce => u32::from_be_bytes(self.array_of()?).into(),
            0xcf => u64::from_be_bytes(self.array_of()?).into(),
            0xd0 => i8::from_be_bytes(self.array_of()?).into(),
            0xd1 => i16::from_be_bytes(self.array_of()?).into(),
            0xd2 => i32::from_be_bytes(self.array_of()?).into(),
            0xd3 => i64::from_be_bytes(self.array_of()?).into(),
            _ => return Err(NOT_INTEGER),
        })
    }

    /// JavaScript's `undefined`, as its packers write it.
    fn skip_undefined(&mut self) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let undefined = rest.len() >= 3 && rest.starts_with(&[0xd4, 0]);
        if undefined {
            self.at += 3;
        }
        undefined
    }

    /// A length of `size` bytes: 1, 2 or 4.
    fn number(&mut self, size: usize) -> Read<usize> {
        let bytes = self.take(size)?;
        let number = bytes
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte));
        usize::try_from(number).map_err(|_| SHORT)
    }

    fn byte(&mut self) -> Read<u8> {
        let [byte] = self.array_of()?;
        Ok(byte)
    }

    fn array_of<const N: usize>(&mut self) -> Read<[u8; N]> {
        self.take(N)?.try_into().map_err(|_| SHORT)
    }

    fn take(&mut self, length: usize) -> Read<&'a [u8]> {
        let end = self.at.checked_add(length).ok_or(SHORT)?;
        let bytes = self.bytes.get(self.at..end).ok_or(SHORT)?;
        self.at = end;
        Ok(bytes)
    }
}

/// As JavaScript's `JSON.stringify` has it: numbers that are none become null.
fn push_float(text: &mut String, float: f64) {
    match serde_json::Number::from_f64(float) {
        Some(number) => text.push_str(&number.to_string()),
        None => text.push_str("null"),
    }
}

/// As JavaScript's `Date.toJSON` has it: nothing further than a hundred million days from 1970 is a date.
fn push_date(text: &mut String, millis: i64) {
    const DAY: i64 = 86_400_000;
    if millis.unsigned_abs() > 100_000_000 * DAY.unsigned_abs() {
        text.push_str("null");
        return;
    }
    let (year, month, day) = civil(millis.div_euclid(DAY));
    let of_day = millis.rem_euclid(DAY);
    let (minutes, millis) = (of_day / 60_000, of_day % 60_000);
    let year = match year {
        0..=9999 => format!("{year:04}"),
        _ => format!("{year:+07}"),
    };
    text.push_str(&format!(
        "\"{year}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z\"",
        minutes / 60,
        minutes % 60,
        millis / 1_000,
        millis % 1_000,
    ));
}

/// Year, month and day of the day with this number since 1970-01-01. Years are counted from March, so that the leap day is
/// the last one, in eras of 400 years, which all have the same number of days.
fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, of_month)
}
