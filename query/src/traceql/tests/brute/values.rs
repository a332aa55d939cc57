//! Values, comparisons and arithmetic.

use super::*;

impl Brute<'_> {
    pub(in super::super) fn meets(&self, node: usize, filter: &SpanFilter) -> bool {
        filter.expression.as_ref().is_none_or(|expression| self.holds(node, expression))
    }

    fn holds(&self, node: usize, expression: &Expression) -> bool {
        match expression {
            Expression::Static(value) => *value,
            Expression::Not(inner) => !self.holds(node, inner),
            Expression::And(all) => !all.iter().any(|one| !self.holds(node, one)),
            Expression::Or(all) => all.iter().any(|one| self.holds(node, one)),
            Expression::Exists(attribute) => !self.get(node, attribute).is_empty(),
            Expression::Absent(attribute) => self.get(node, attribute).is_empty(),
            Expression::Matches { attribute, negated, pattern } => {
                let texts: Vec<bool> = self
                    .get(node, attribute)
                    .iter()
                    .filter_map(|value| match value {
                        Static::String(text) => Some(pattern.regex().is_match(text)),
                        _ => None,
                    })
                    .collect();
                !texts.is_empty() && texts.contains(&true) != *negated
            }
            Expression::Compare { left, op, right } => {
                let (left, right) = (self.values(node, left), self.values(node, right));
                if left.len() > 1 && right.len() > 1 {
                    return false;
                }
                let mut told = Vec::new();
                for one in &left {
                    told.extend(right.iter().filter_map(|other| compared(one, *op, other)));
                }
                match op {
                    CompareOp::NotEqual => !told.is_empty() && !told.contains(&false),
                    _ => told.contains(&true),
                }
            }
        }
    }

    pub(in super::super) fn values(&self, node: usize, operand: &Operand) -> Vec<Static> {
        match operand {
            Operand::Static(value) => vec![value.clone()],
            Operand::Attribute(attribute) => self.get(node, attribute),
            Operand::Condition(condition) => vec![Static::Bool(self.holds(node, condition))],
            Operand::Negative(inner) => {
                let values = self.values(node, inner);
                let [value] = &values[..] else { return Vec::new() };
                match value {
                    Static::Float(number) => vec![Static::Float(-number)],
                    value => calculated(&Static::Int(0), ArithmeticOp::Subtract, value).into_iter().collect(),
                }
            }
            Operand::Arithmetic { left, op, right } => {
                let (left, right) = (self.values(node, left), self.values(node, right));
                match (&left[..], &right[..]) {
                    ([left], [right]) => calculated(left, *op, right).into_iter().collect(),
                    _ => Vec::new(),
                }
            }
        }
    }

    pub(in super::super) fn get(&self, node: usize, attribute: &Attribute) -> Vec<Static> {
        let own = |node: usize, attribute: &Attribute| SpanValues(self.trace.nodes[node].view).get(attribute);
        let Attribute::Trace(attribute) = attribute else { return own(node, attribute) };
        let intrinsic = match attribute {
            TraceAttribute::Parent { scope, name } => {
                let attribute = Attribute::Scoped { scope: *scope, name: name.clone() };
                return self.parent(node).map(|parent| own(parent, &attribute)).unwrap_or_default();
            }
            TraceAttribute::ParentIntrinsic(intrinsic) => {
                let attribute = Attribute::Intrinsic(*intrinsic);
                return self.parent(node).map(|parent| own(parent, &attribute)).unwrap_or_default();
            }
            TraceAttribute::Intrinsic(intrinsic) => *intrinsic,
        };
        let of_root = |attribute: &Attribute| {
            let roots =
                (0..self.len()).filter(|node| self.trace.nodes[*node].view.span.parent_span_id.is_none());
            let text = |text: &str| Static::String(text.to_owned());
            let first = |root: usize| own(root, attribute).into_iter().next().unwrap_or(text(""));
            vec![roots.min_by_key(|node| *node).map_or_else(|| text(ROOT_NOT_RECEIVED), first)]
        };
        match intrinsic {
            TraceIntrinsic::Duration => {
                let spans = || self.trace.nodes.iter().map(|node| node.view.span);
                let start = spans().map(|span| span.start).min().unwrap_or(0);
                let end = spans().map(|span| span.end.max(span.start)).max().unwrap_or(0);
                vec![Static::Duration((end - start) as i64)]
            }
            TraceIntrinsic::RootName => of_root(&Attribute::Intrinsic(Intrinsic::Name)),
            TraceIntrinsic::RootService => of_root(&parse_attribute("resource.service.name").unwrap()),
            TraceIntrinsic::ChildCount => {
                let count = (0..self.len()).filter(|other| self.parent(*other) == Some(node)).count();
                vec![Static::Int(count as i64)]
            }
            TraceIntrinsic::SelfTime => vec![Static::Duration(self.trace.self_time_ns(node) as i64)],
            TraceIntrinsic::CriticalPath => vec![Static::Duration(self.critical_ns(node) as i64)],
            TraceIntrinsic::Parent => self
                .parent(node)
                .map(|parent| Static::String(self.trace.nodes[parent].view.span.span_id.to_string()))
                .into_iter()
                .collect(),
            TraceIntrinsic::NestedSetLeft => vec![Static::Int(self.nested(node).0)],
            TraceIntrinsic::NestedSetRight => vec![Static::Int(self.nested(node).1)],
            TraceIntrinsic::NestedSetParent => vec![Static::Int(self.nested(node).2)],
        }
    }

    fn critical_ns(&self, node: usize) -> u64 {
        let root = self.trace.root_of(node);
        let path = match self.trace.orphan_group_of(root) {
            Some(group) => self.trace.critical_path_of_orphans(group),
            None => self.trace.critical_path(root),
        };
        path.iter().filter(|segment| segment.node == node).map(|segment| segment.duration_ns()).sum()
    }

    /// Left, right and parent of a walk that visits missing parents too.
    fn nested(&self, wanted: usize) -> (i64, i64, i64) {
        let mut next = 0;
        let mut found = None;
        let mut place = 0;
        while place < self.trace.roots.len() {
            let root = self.trace.roots[place];
            let mut count = 1;
            match self.trace.orphan_group_of(root) {
                Some(group) => {
                    next += 1;
                    let own = next;
                    count = group.roots.len();
                    for root in &self.trace.roots[group.roots.clone()] {
                        self.walk(*root, own, &mut next, wanted, &mut found);
                    }
                    next += 1;
                }
                None => {
                    let parent = if self.trace.nodes[root].is_cycle_cut { 0 } else { -1 };
                    self.walk(root, parent, &mut next, wanted, &mut found);
                }
            }
            place += count;
        }
        found.expect("every node is visited")
    }

    fn walk(
        &self,
        node: usize,
        parent: i64,
        next: &mut i64,
        wanted: usize,
        found: &mut Option<(i64, i64, i64)>,
    ) {
        *next += 1;
        let left = *next;
        for child in (0..self.len()).filter(|child| self.parent(*child) == Some(node)) {
            self.walk(child, left, next, wanted, found);
        }
        *next += 1;
        if node == wanted {
            *found = Some((left, *next, parent));
        }
    }
}

fn whole(value: &Static) -> Option<i128> {
    match value {
        Static::Int(number) | Static::Duration(number) => Some(i128::from(*number)),
        _ => None,
    }
}

fn float(value: &Static) -> Option<f64> {
    match value {
        Static::Float(number) => Some(*number),
        other => whole(other).map(|number| number as f64),
    }
}

pub(super) fn compared(left: &Static, op: CompareOp, right: &Static) -> Option<bool> {
    let decide = |less: bool, equal: bool, greater: bool| match op {
        CompareOp::Equal => equal,
        CompareOp::NotEqual => !equal,
        CompareOp::Less => less,
        CompareOp::LessOrEqual => less || equal,
        CompareOp::Greater => greater,
        CompareOp::GreaterOrEqual => greater || equal,
    };
    if let (Static::String(one), Static::String(other)) = (left, right) {
        return Some(decide(one < other, one == other, one > other));
    }
    if let (Some(one), Some(other)) = (whole(left), whole(right)) {
        return Some(decide(one < other, one == other, one > other));
    }
    if let (Some(one), Some(other)) = (float(left), float(right)) {
        return Some(decide(one < other, one == other, one > other));
    }
    let same = std::mem::discriminant(left) == std::mem::discriminant(right);
    match op {
        CompareOp::Equal if same => Some(left == right),
        CompareOp::NotEqual if same => Some(left != right),
        _ => None,
    }
}

pub(super) fn calculated(left: &Static, op: ArithmeticOp, right: &Static) -> Option<Static> {
    let (l, r) = (float(left)?, float(right)?);
    if r == 0.0 && matches!(op, ArithmeticOp::Divide | ArithmeticOp::Remainder) {
        return None;
    }
    let times = [left, right].iter().filter(|value| matches!(value, Static::Duration(_))).count();
    let left_is_time = matches!(left, Static::Duration(_));
    let time = match op {
        ArithmeticOp::Add | ArithmeticOp::Subtract | ArithmeticOp::Remainder => times > 0,
        ArithmeticOp::Multiply => times == 1,
        ArithmeticOp::Divide => left_is_time && times == 1,
        ArithmeticOp::Power => false,
    };
    let exact = match (whole(left), whole(right)) {
        (Some(l), Some(r)) => match op {
            ArithmeticOp::Add => Some(l + r),
            ArithmeticOp::Subtract => Some(l - r),
            ArithmeticOp::Multiply => Some(l * r),
            ArithmeticOp::Divide if times == 2 => None,
            ArithmeticOp::Divide => Some(l / r),
            ArithmeticOp::Remainder => Some(l % r),
            ArithmeticOp::Power if r < 0 => None,
            // Others leave the range long before.
            ArithmeticOp::Power if (-1..=1).contains(&l) => {
                Some(if r == 0 || (l < 0 && r % 2 == 0) { 1 } else { l })
            }
            ArithmeticOp::Power => (0..r.min(99)).try_fold(1_i128, |power, _| power.checked_mul(l)),
        },
        _ => None,
    };
    if let Some(exact) = exact.and_then(|exact| i64::try_from(exact).ok()) {
        return Some(if time { Static::Duration(exact) } else { Static::Int(exact) });
    }
    let result = match op {
        ArithmeticOp::Add => l + r,
        ArithmeticOp::Subtract => l - r,
        ArithmeticOp::Multiply => l * r,
        ArithmeticOp::Divide => l / r,
        ArithmeticOp::Remainder => l % r,
        ArithmeticOp::Power => l.powf(r),
    };
    Some(if time && result.abs() < 9.2e18 {
        Static::Duration(result.round() as i64)
    } else {
        Static::Float(result)
    })
}

pub(super) fn folded(function: AggregateFunction, all: &[Static]) -> Option<Static> {
    let all: Vec<&Static> =
        all.iter().filter(|value| float(value).is_some_and(|number| !number.is_nan())).collect();
    let times = all.iter().any(|value| matches!(value, Static::Duration(_)));
    let floats = all.iter().any(|value| matches!(value, Static::Float(_)));
    let in_unit = |number: f64| match times && number.abs() < 9.2e18 {
        true => Static::Duration(number as i64),
        false => Static::Float(number),
    };
    let exact: i128 = all.iter().filter_map(|value| whole(value)).sum();
    let rest: f64 = all.iter().filter(|value| whole(value).is_none()).filter_map(|value| float(value)).sum();
    let best = |op: CompareOp| {
        let beats = |one: &Static, other: &Static| compared(one, op, other) == Some(true);
        let best = all.iter().filter(|one| !all.iter().any(|other| beats(other, one)));
        best.min_by(|one, other| one.order(other)).map(|value| (*value).clone())
    };
    if all.is_empty() {
        return None;
    }
    match function {
        AggregateFunction::Min => best(CompareOp::Less),
        AggregateFunction::Max => best(CompareOp::Greater),
        AggregateFunction::Sum => Some(match i64::try_from(exact) {
            Ok(exact) if !floats && times => Static::Duration(exact),
            Ok(exact) if !floats => Static::Int(exact),
            _ => in_unit(exact as f64 + rest),
        }),
        AggregateFunction::Avg if times && !floats => {
            Some(Static::Duration((exact / all.len() as i128) as i64))
        }
        AggregateFunction::Avg => Some(in_unit((exact as f64 + rest) / all.len() as f64)),
    }
}
