//! The stereographic model of every curvature, and the gyrovector calculus of it and of the ball.

#[macro_use]
mod gyro;
mod gyro_midpoint;
mod gyrovector;
mod hyperplane;
mod laws;
mod signed_curvature;
