use super::CliError;
use super::args::ExploreArgs;
pub(super) fn run(_args: &ExploreArgs) -> Result<(), CliError> {
    Ok(())
}
