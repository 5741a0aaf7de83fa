using Guildhall.Storage.Moving;

namespace Guildhall.Cli;

/// <summary>Shows how far a move has come: on a terminal in one line that changes, elsewhere in a line now and then.</summary>
internal sealed class MoveProgress(TextWriter output, bool isTerminal, TimeProvider clock) : IProgress<MoveStep>
{
    private readonly TimeSpan pause = isTerminal ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromSeconds(10);

    private DateTimeOffset shownAt = clock.GetUtcNow();
    private int width;

    public void Report(MoveStep value)
    {
        if (clock.GetUtcNow() - shownAt < pause)
        {
            return;
        }

        shownAt = clock.GetUtcNow();
        var text = $"{value.Percent,3} %  {value.Table}: {value.Rows} rows {(value.IsCheck ? "checked" : "copied")}";
        output.Write(isTerminal ? $"\r{text.PadRight(width)}" : text + output.NewLine);
        output.Flush();
        width = text.Length;
    }

    /// <summary>Takes the changing line away.</summary>
    public void End()
    {
        if (isTerminal && width > 0)
        {
            output.Write($"\r{new string(' ', width)}\r");
            output.Flush();
        }
    }
}
