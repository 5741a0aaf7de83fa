using Guildhall.Cli;
using Guildhall.Storage.Moving;

namespace Guildhall.Tests.Cli;

public sealed class MoveProgressTests : IDisposable
{
    private readonly FakeClock clock = new();
    private readonly StringWriter output = new() { NewLine = "\n" };

    [Fact]
    public void A_terminal_sees_one_line_that_changes_and_goes()
    {
        var progress = new MoveProgress(output, isTerminal: true, clock);

        Report(progress, TimeSpan.FromMilliseconds(100), new MoveStep("memberships", IsCheck: false, 1000, 5));
        Report(progress, TimeSpan.FromMilliseconds(100), new MoveStep("memberships", IsCheck: false, 2000, 10));
        Report(progress, TimeSpan.FromMilliseconds(200), new MoveStep("users", IsCheck: true, 9, 100));
        progress.End();

        Assert.Equal("\r 10 %  memberships: 2000 rows copied\r100 %  users: 9 rows checked        \r" + new string(' ', 28) + "\r", output.ToString());
    }

    [Fact]
    public void A_file_gets_a_line_now_and_then_and_none_when_all_is_quick()
    {
        var progress = new MoveProgress(output, isTerminal: false, clock);

        Report(progress, TimeSpan.FromSeconds(9), new MoveStep("memberships", IsCheck: false, 1000, 5));
        Assert.Equal("", output.ToString());
        Report(progress, TimeSpan.FromSeconds(1), new MoveStep("memberships", IsCheck: false, 2000, 10));
        Report(progress, TimeSpan.FromSeconds(1), new MoveStep("memberships", IsCheck: false, 3000, 15));
        progress.End();

        Assert.Equal(" 10 %  memberships: 2000 rows copied\n", output.ToString());
    }

    public void Dispose() => output.Dispose();

    private void Report(MoveProgress progress, TimeSpan after, MoveStep step)
    {
        clock.Advance(after);
        progress.Report(step);
    }
}
