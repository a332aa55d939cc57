//! The whole way of simulated spans through the model's public functions: from encoded requests to the cause of what is
//! wrong, which the scenario knows.

#[cfg(test)]
mod healthy;
#[cfg(test)]
mod causes;
#[cfg(test)]
mod run;
#[cfg(test)]
mod upgrade;
#[cfg(test)]
mod zones;
