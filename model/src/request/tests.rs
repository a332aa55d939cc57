mod captures;
mod planned_phases;
mod same_rows;
mod simulated;
mod versions;
