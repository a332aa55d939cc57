//! Random trees of queries, in the normal form that the parser gives.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

fn attribute_of(text: &str) -> Attribute {
    parse_query(&format!("select({text})")).unwrap().attributes()[0].clone()
}

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = Attribute> {
    select(texts).prop_map(attribute_of)
}

fn numeric_attribute() -> impl Strategy<Value = Attribute> {
    one_of(&[
        ".x",
        "span.z",
        "duration",
        "childCount",
        "nestedSetLeft",
        "nestedSetRight",
        "nestedSetParent",
        "self_time",
        "critical_path",
        "trace:duration",
        "parent.x",
        "parent:duration",
        "event:timeSinceStart",
        ".none",
        ".y",
    ])
}

/// What a span may be without.
const NULLABLE: &[&str] = &[".x", "parent", "parent.y", ".none", "parent:name", "event:name", "link:spanID"];

fn text_attribute() -> impl Strategy<Value = Attribute> {
    one_of(&[
        "name",
        ".y",
        "rootName",
        "rootServiceName",
        "parent:name",
        "event:name",
        "resource.service.name",
        ".x",
    ])
}

fn number() -> impl Strategy<Value = Static> {
    prop_oneof![
        (-3_i64..6).prop_map(Static::Int),
        select([0.5, 1.5, -2.0].as_slice()).prop_map(Static::Float),
        (-5_i64..20).prop_map(Static::Duration),
    ]
}

fn operand() -> impl Strategy<Value = Operand> {
    let leaf = prop_oneof![
        3 => numeric_attribute().prop_map(Operand::Attribute),
        1 => number().prop_map(Operand::Static),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|operand| match operand {
                Operand::Static(_) => operand,
                other => Operand::Negative(Box::new(other)),
            }),
            (inner.clone(), select(ArithmeticOp::ALL.as_slice()), inner).prop_map(|(left, op, right)| {
                let zero = matches!(&right, Operand::Static(divisor) if arithmetic::is_by_zero(op, divisor));
                match Operand::arithmetic(left.clone(), op, right) {
                    Some(Operand::Static(Static::Float(number))) if !number.is_finite() => left,
                    Some(operand) if !zero => operand,
                    _ => left,
                }
            }),
        ]
    })
}

fn any_op() -> impl Strategy<Value = CompareOp> {
    select(CompareOp::ALL.as_slice())
}

fn compare(left: Operand, op: CompareOp, right: Operand) -> Expression {
    match (left, right) {
        (Operand::Static(_), Operand::Static(_)) => Expression::Static(true),
        (left @ Operand::Static(_), right) => {
            Expression::Compare { left: right, op: op.flipped(), right: left }
        }
        (left, right) if left.attributes().is_empty() && right.attributes().is_empty() => {
            Expression::Static(true)
        }
        (left, right) => Expression::Compare { left, op, right },
    }
}

fn comparison() -> impl Strategy<Value = Expression> {
    let status = select(StatusCode::ALL.as_slice()).prop_map(Static::Status);
    let kind = select(SpanKind::ALL.as_slice()).prop_map(Static::Kind);
    let equality = || select([CompareOp::Equal, CompareOp::NotEqual].as_slice());
    let with = |attribute: &'static str| {
        move |(op, value): (CompareOp, Static)| {
            compare(Operand::Attribute(attribute_of(attribute)), op, Operand::Static(value))
        }
    };
    let text = select(["a", "b", "s", "t", ROOT_NOT_RECEIVED, ""].as_slice());
    prop_oneof![
        4 => (operand(), any_op(), operand()).prop_map(|(left, op, right)| compare(left, op, right)),
        2 => (text_attribute(), any_op(), text).prop_map(|(left, op, text)| {
            compare(Operand::Attribute(left), op, Operand::Static(Static::String(text.to_owned())))
        }),
        1 => (text_attribute(), any_op(), text_attribute()).prop_map(|(left, op, right)| {
            compare(Operand::Attribute(left), op, Operand::Attribute(right))
        }),
        1 => (equality(), status).prop_map(with("status")),
        1 => (equality(), kind.clone()).prop_map(with("kind")),
        1 => (equality(), kind).prop_map(with("parent:kind")),
        1 => (equality(), any::<bool>().prop_map(Static::Bool)).prop_map(with(".flag")),
        1 => (text_attribute(), any::<bool>(), select(["a|s", ".*", "b"].as_slice())).prop_map(
            |(attribute, negated, pattern)| Expression::Matches {
                attribute,
                negated,
                pattern: Pattern::new(pattern).unwrap(),
            }
        ),
        1 => one_of(NULLABLE).prop_map(Expression::Exists),
        1 => one_of(NULLABLE).prop_map(Expression::Absent),
    ]
}

pub(super) fn condition() -> impl Strategy<Value = Expression> {
    comparison().prop_recursive(3, 8, 2, |inner| {
        let as_value = |condition: Expression| Operand::Condition(Box::new(condition));
        prop_oneof![
            inner.clone().prop_map(|condition| Expression::Not(Box::new(condition))),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| left.and(right)),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| left.or(right)),
            (inner.clone(), inner).prop_map(move |(left, right)| match (left, right) {
                (Expression::Static(_), other) | (other, Expression::Static(_)) => other,
                (left, right) => compare(as_value(left), CompareOp::NotEqual, as_value(right)),
            }),
        ]
    })
}

fn filter() -> impl Strategy<Value = SpansetExpression> {
    let expression = prop_oneof![1 => Just(None), 5 => condition().prop_map(Some)];
    expression.prop_map(|expression| SpansetExpression::Filter(SpanFilter { expression }))
}

fn spanset_op() -> impl Strategy<Value = SpansetOp> {
    let forms = [RelationForm::Right, RelationForm::RightWithout, RelationForm::Both];
    prop_oneof![
        1 => Just(SpansetOp::And),
        1 => Just(SpansetOp::Or),
        4 => (select(Relation::ALL.as_slice()), select(forms.to_vec()))
            .prop_map(|(relation, form)| SpansetOp::Relation(relation, form)),
    ]
}

fn aggregate() -> impl Strategy<Value = Aggregate> {
    prop_oneof![
        Just(Aggregate::Count),
        (select(AggregateFunction::ALL.as_slice()), operand())
            .prop_map(|(function, operand)| Aggregate::Of(function, operand)),
    ]
}

fn having(spans: impl Strategy<Value = SpansetExpression> + Clone) -> impl Strategy<Value = Stage> {
    let nested = (spans, aggregate()).prop_map(|(spans, aggregate)| Scalar::Pipeline {
        pipeline: Box::new(flat(spans, Vec::new())),
        aggregate,
    });
    let figure = prop_oneof![4 => aggregate().prop_map(Scalar::Aggregate), 1 => nested];
    let calculated =
        (figure.clone(), select(ArithmeticOp::ALL.as_slice()), number()).prop_map(|(left, op, number)| {
            let op = if arithmetic::is_by_zero(op, &number) { ArithmeticOp::Add } else { op };
            Scalar::Arithmetic { left: Box::new(left), op, right: Box::new(Scalar::Static(number)) }
        });
    let left = prop_oneof![3 => figure.clone(), 1 => calculated];
    let right = prop_oneof![3 => number().prop_map(Scalar::Static), 1 => figure];
    (left, any_op(), right).prop_map(|(left, op, right)| Stage::Having(ScalarFilter { left, op, right }))
}

fn stage(spans: impl Strategy<Value = SpansetExpression> + Clone + 'static) -> impl Strategy<Value = Stage> {
    let group = prop_oneof![
        text_attribute().prop_map(Operand::Attribute),
        operand(),
        condition().prop_map(|condition| match condition {
            Expression::Static(value) => Operand::Static(Static::Bool(value)),
            condition => Operand::Condition(Box::new(condition)),
        }),
    ];
    prop_oneof![
        2 => spans.clone().prop_map(Stage::Spans),
        2 => having(spans),
        2 => group.prop_map(Stage::By),
        1 => Just(Stage::Coalesce),
        1 => proptest::collection::vec(text_attribute(), 1..3).prop_map(Stage::Select),
    ]
}

/// As the parser does: a pipeline at the beginning of a pipeline is its beginning.
fn flat(spans: SpansetExpression, stages: Vec<Stage>) -> Pipeline {
    match spans {
        SpansetExpression::Pipeline(mut inner) => {
            inner.stages.extend(stages);
            *inner
        }
        spans => Pipeline { spans, stages },
    }
}

fn spans_expression() -> impl Strategy<Value = SpansetExpression> + Clone {
    filter().boxed().prop_recursive(3, 6, 2, |inner| {
        let stages = proptest::collection::vec(stage(filter().boxed()), 1..3);
        prop_oneof![
            3 => (inner.clone(), spanset_op(), inner.clone()).prop_map(|(left, op, right)| {
                SpansetExpression::Related { left: Box::new(left), op, right: Box::new(right) }
            }),
            1 => (inner, stages).prop_map(|(spans, stages)| {
                SpansetExpression::Pipeline(Box::new(flat(spans, stages)))
            }),
        ]
    })
}

pub(super) fn pipeline() -> impl Strategy<Value = Pipeline> {
    let stages = proptest::collection::vec(stage(spans_expression().boxed()), 0..4);
    (spans_expression(), stages).prop_map(|(spans, stages)| flat(spans, stages))
}

fn function() -> impl Strategy<Value = MetricsFunction> {
    prop_oneof![
        Just(MetricsFunction::Rate),
        Just(MetricsFunction::CountOverTime),
        (select(AggregateFunction::ALL.as_slice()), operand())
            .prop_map(|(function, operand)| MetricsFunction::OverTime(function, operand)),
        operand().prop_map(|operand| MetricsFunction::QuantileOverTime(operand, vec![0.5, 0.99])),
        operand().prop_map(MetricsFunction::HistogramOverTime),
    ]
}

pub(super) fn metrics() -> impl Strategy<Value = SeriesExpression> {
    let by = proptest::collection::vec(text_attribute(), 0..3).prop_map(|mut by| {
        by.sort_unstable();
        by.dedup();
        by
    });
    let spans = prop_oneof![filter().prop_map(|spans| flat(spans, Vec::new())), pipeline()];
    let query = (spans, function(), by).prop_map(|(pipeline, function, by)| {
        SeriesExpression::Aggregate(MetricsQuery { pipeline, function, by })
    });
    query.boxed().prop_recursive(2, 4, 2, |inner| {
        let op = || select(MathOp::ALL.as_slice());
        let stage = prop_oneof![
            (1_u32..3).prop_map(SecondStage::Top),
            (1_u32..3).prop_map(SecondStage::Bottom),
            (any_op(), number()).prop_map(|(op, number)| SecondStage::Compare(op, number)),
        ];
        prop_oneof![
            (inner.clone(), op(), inner.clone()).prop_map(|(left, op, right)| SeriesExpression::Math {
                left: Box::new(left),
                op,
                right: Box::new(right),
            }),
            (inner.clone(), op(), number(), any::<bool>()).prop_map(
                |(series, op, number, is_number_first)| {
                    SeriesExpression::Scaled { series: Box::new(series), op, number, is_number_first }
                }
            ),
            (inner, stage)
                .prop_map(|(series, stage)| SeriesExpression::Staged { series: Box::new(series), stage }),
        ]
    })
}
