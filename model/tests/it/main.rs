//! The whole way of spans through the model's public functions: captures, and simulated clusters whose ills are known.

#[cfg(test)]
mod causes;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod healthy;
#[cfg(test)]
mod losses;
#[cfg(test)]
mod received;
#[cfg(test)]
mod recognition;
#[cfg(test)]
mod run;
#[cfg(test)]
mod upgrade;
#[cfg(test)]
mod zones;
