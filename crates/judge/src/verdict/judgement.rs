//! Judgements from graded results, and those that come without any.

use letscode_model::{Judgement, TestResult, Verdict, VerdictSummary};
use letscode_package::Package;

use super::score::{GradedResult, full_score, grade_problem};

/// Part of a package that is judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JudgedScope<'a> {
    pub package: &'a Package,
    /// Only the public samples, which are worth no points.
    pub samples_only: bool,
}

/// Returns the judgement on a submission that could not be judged at all.
pub fn internal_error(reason: String) -> Judgement {
    Judgement {
        verdict: VerdictSummary {
            status: Verdict::InternalError,
            passed_tests: 0,
            total_tests: 0,
            max_time: 0.0,
            max_memory: 0,
            score: None,
            max_score: None,
        },
        test_results: Vec::new(),
        compiler_output: String::new(),
        internal_error: Some(reason),
    }
}

impl JudgedScope<'_> {
    /// Returns the judgement that follows from the result of the root group.
    pub fn graded(
        &self,
        root: GradedResult,
        test_results: Vec<TestResult>,
        compiler_output: String,
    ) -> Judgement {
        let package = self.package;
        let total = if self.has_score() {
            grade_problem(root, &package.grading, &package.data)
        } else {
            root
        };
        Judgement {
            verdict: self.summary(total, &test_results),
            test_results,
            compiler_output,
            internal_error: None,
        }
    }

    pub fn compilation_error(&self, compiler_output: String) -> Judgement {
        Judgement {
            verdict: self.summary(without_points(Verdict::CompilationError), &[]),
            test_results: Vec::new(),
            compiler_output,
            internal_error: None,
        }
    }

    /// Returns the judgement after an error of the package, with the results until then: its author
    /// wants to know where the error is.
    pub fn package_error(
        &self,
        reason: String,
        test_results: Vec<TestResult>,
        compiler_output: String,
    ) -> Judgement {
        Judgement {
            verdict: self.summary(without_points(Verdict::InternalError), &test_results),
            test_results,
            compiler_output,
            internal_error: Some(reason),
        }
    }

    fn has_score(&self) -> bool {
        self.package.scoring && !self.samples_only
    }

    /// Returns full marks; `None` if they are not stated, or if fewer points are better.
    fn max_score(&self) -> Option<f64> {
        let has_best = self.has_score() && self.package.grading.maximize;
        full_score(&self.package.data).filter(|_| has_best)
    }

    /// Returns the number of all tests, also of those that are not run after a failure.
    pub fn total_tests(&self) -> u32 {
        let data = &self.package.data;
        to_u32(if self.samples_only {
            data.samples().count()
        } else {
            data.tests.len()
        })
    }

    fn summary(&self, graded: GradedResult, results: &[TestResult]) -> VerdictSummary {
        let times = results.iter().map(|result| result.execution_time);
        let memory = results.iter().map(|result| result.memory_used);
        VerdictSummary {
            status: graded.verdict,
            passed_tests: to_u32(results.iter().filter(|result| result.passed).count()),
            total_tests: self.total_tests(),
            max_time: times.fold(0.0, f64::max),
            max_memory: memory.max().unwrap_or(0),
            score: self.has_score().then_some(graded.score),
            max_score: self.max_score(),
        }
    }
}

fn to_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn without_points(verdict: Verdict) -> GradedResult {
    GradedResult::new(verdict, 0.0)
}
