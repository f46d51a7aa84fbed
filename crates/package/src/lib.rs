//! Reads problem packages in the Kattis/ICPC format.
