//! Pictures for the documentation, as SVG.

use std::{fs, io};

use anyhow::{Context as _, Result};
use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::{peers::PEERS, places::Places, report::whole, spread::Spread};

const FONT: &str = "sans-serif";
/// Sizes of text and pictures, in pixels.
const TITLE: i32 = 24;
const LABEL: i32 = 18;
const WIDTH: u32 = 840;

/// Colours that stay apart for people who see few of them.
const COLOURS: [RGBColor; 8] = [
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(150, 150, 150),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(213, 94, 0),
    RGBColor(0, 114, 178),
    RGBColor(148, 103, 189),
];

type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), DrawingAreaErrorKind<io::Error>>;

/// What the axes stand for, with units.
#[derive(Clone, Copy)]
pub(crate) struct Axes {
    pub(crate) x: &'static str,
    pub(crate) y: &'static str,
}

/// A peer's line.
pub(crate) struct Line {
    pub(crate) peer: &'static str,
    pub(crate) points: Vec<(f64, f64)>,
}

/// Bars that belong together.
pub(crate) struct Group {
    pub(crate) title: String,
    /// From the top down.
    pub(crate) bars: Vec<(&'static str, Spread)>,
}

/// Draws lines on logarithmic axes, with a legend beside them.
pub(crate) fn lines(
    name: &str,
    title: &str,
    axes: Axes,
    lines: &[Line],
    places: &Places,
) -> Result<()> {
    draw(name, (WIDTH, 480), places, |canvas| {
        canvas.draw(&Text::new(title, (20, 16), (FONT, TITLE)))?;
        let points = || lines.iter().flat_map(|line| &line.points);
        let (x, y) = (
            range(points().map(|point| point.0)),
            range(points().map(|point| point.1)),
        );
        let mut chart = ChartBuilder::on(canvas)
            .margin_top(60)
            .margin_right(LEGEND)
            .margin_bottom(10)
            .margin_left(14)
            .x_label_area_size(56)
            .y_label_area_size(68)
            .build_cartesian_2d((x.0..x.1).log_scale(), (y.0 / 1.5..y.1 * 1.5).log_scale())?;
        chart
            .configure_mesh()
            .x_desc(axes.x)
            .y_desc(axes.y)
            .x_labels(5)
            .y_labels(5)
            .axis_desc_style((FONT, LABEL))
            .label_style((FONT, LABEL))
            .x_label_formatter(&|x| whole(*x))
            .y_label_formatter(&|y| whole(*y))
            .bold_line_style(RGBColor(222, 222, 222))
            .light_line_style(RGBColor(242, 242, 242))
            .max_light_lines(9)
            .draw()?;
        for line in lines {
            let style = colour(line.peer).stroke_width(3);
            chart.draw_series(LineSeries::new(line.points.iter().copied(), style).point_size(4))?;
        }
        legend(canvas, lines)
    })
}

/// Room for the legend, in pixels.
const LEGEND: i32 = 190;

fn legend(canvas: &Canvas<'_>, lines: &[Line]) -> Drawn {
    let left = WIDTH as i32 - LEGEND + 20;
    for (line, y) in lines.iter().zip((80..).step_by(28)) {
        canvas.draw(&PathElement::new(
            [(left, y), (left + 26, y)],
            colour(line.peer).stroke_width(4),
        ))?;
        canvas.draw(&label(line.peer, (left + 36, y), HPos::Left))?;
    }
    Ok(())
}

fn label(text: &str, at: (i32, i32), align: HPos) -> Text<'_, (i32, i32), &str> {
    Text::new(
        text,
        at,
        TextStyle::from((FONT, LABEL)).pos(Pos::new(align, VPos::Center)),
    )
}

/// Draws groups of horizontal bars, one below the other, each bar with its range.
pub(crate) fn bars(name: &str, title: &str, groups: &[Group], places: &Places) -> Result<()> {
    let longest = groups
        .iter()
        .flat_map(|group| &group.bars)
        .map(|(_, times)| times.max)
        .fold(1.0, f64::max);
    let at = |value: f64| BARS.0 + (BARS.1 * value / longest) as i32;
    let height = 60
        + groups
            .iter()
            .map(|group| 58 + ROW * group.bars.len() as i32)
            .sum::<i32>();
    draw(name, (WIDTH, height.unsigned_abs()), places, |canvas| {
        canvas.draw(&Text::new(title, (20, 16), (FONT, TITLE)))?;
        let mut y = 60;
        for group in groups {
            canvas.draw(&Text::new(group.title.as_str(), (20, y), (FONT, LABEL)))?;
            y += 30;
            let bottom = y + ROW * group.bars.len() as i32;
            let unit = [(at(1.0), y - 4), (at(1.0), bottom)];
            canvas.draw(&PathElement::new(
                unit,
                RGBColor(170, 170, 170).stroke_width(1),
            ))?;
            for (&(peer, times), y) in group.bars.iter().zip((y..).step_by(ROW as usize)) {
                bar(canvas, y, at, peer, times)?;
            }
            y = bottom + 28;
        }
        Ok(())
    })
}

/// Height of a bar and the space below it, in pixels.
const ROW: i32 = 32;
/// Where bars begin, and how long the longest one is.
const BARS: (i32, f64) = (170, 470.0);

fn bar(canvas: &Canvas<'_>, y: i32, at: impl Fn(f64) -> i32, peer: &str, times: Spread) -> Drawn {
    let bottom = y + ROW - 8;
    let middle = i32::midpoint(y, bottom);
    canvas.draw(&label(peer, (BARS.0 - 10, middle), HPos::Right))?;
    canvas.draw(&Rectangle::new(
        [(BARS.0, y), (at(times.median), bottom)],
        colour(peer).filled(),
    ))?;
    let range = [(at(times.min), middle), (at(times.max), middle)];
    canvas.draw(&PathElement::new(range, BLACK.stroke_width(2)))?;
    let numbers = times.show(|times| format!("{times:.2}"));
    canvas.draw(&label(&numbers, (at(times.max) + 10, middle), HPos::Left))
}

/// Writes the picture that `fill` draws.
fn draw(
    name: &str,
    size: (u32, u32),
    places: &Places,
    fill: impl FnOnce(&Canvas<'_>) -> Drawn,
) -> Result<()> {
    fs::create_dir_all(&places.pictures).context("cannot make the folder for pictures")?;
    let path = places.pictures.join(format!("{name}.svg"));
    let canvas = SVGBackend::new(&path, size).into_drawing_area();
    let drawn = canvas
        .fill(&WHITE)
        .and_then(|()| fill(&canvas))
        .and_then(|()| canvas.present());
    drawn.with_context(|| format!("cannot draw {}", path.display()))
}

/// Each peer has one colour in all pictures.
fn colour(peer: &str) -> RGBColor {
    let position = PEERS
        .iter()
        .position(|other| other.name == peer)
        .unwrap_or_default();
    COLOURS
        .get(position % COLOURS.len())
        .copied()
        .unwrap_or(BLACK)
}

/// The ends of an axis that shows all of `values`.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, 0.0), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}
