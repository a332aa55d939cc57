mod captures;
mod planned_phases;
mod simulated;
mod versions;
