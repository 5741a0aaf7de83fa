using System.Globalization;

namespace Guildhall.Benchmarks;

/// <summary>Runs trials and writes their lines, as a table that can be pasted into a document.</summary>
internal sealed class Report(TextWriter output, int rounds, TimeSpan time)
{
    private static readonly (string Title, int Width)[] Columns =
    [
        ("work", -34), ("engine", -10), ("clients", 7), ("guildhall", 12), ("p50 ms", 8), ("p99 ms", 8), ("CPU us", 11),
        ("yardstick", -36), ("its", 12), ("ratio (low-high)", 18), ("target", 7), ("met", 3),
    ];

    /// <summary>Long enough for the compiler to have seen what is hot; what it does beside a short round would be counted as the server's work.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    /// <summary>The lines whose target was missed.</summary>
    public int Missed { get; private set; }

    public int Lines { get; private set; }

    public void Begin()
    {
        output.WriteLine(Row([.. Columns.Select(column => column.Title)]));
        output.WriteLine("|" + string.Join('|', Columns.Select(column => new string('-', Math.Abs(column.Width) + 1) + (column.Width > 0 ? ":" : "-"))) + "|");
    }

    /// <remarks>
    /// A ratio is the median of the rounds' ratios: a machine that is slow for a while is slow for both. Each round starts with another arm,
    /// so that none always follows the same one.
    /// </remarks>
    public async Task RunAsync(string engine, Trial trial)
    {
        var samples = trial.Arms.ToDictionary(arm => arm.Name, _ => new List<Sample>());
        for (var round = 0; round <= rounds; round++)
        {
            for (var turn = 0; turn < trial.Arms.Count; turn++)
            {
                var arm = trial.Arms[(round + turn) % trial.Arms.Count];
                var sample = await arm.RunAsync(round > 0 || time > WarmUp ? time : WarmUp);
                await arm.SettleAsync();
                if (round > 0) // the first round warms up
                {
                    samples[arm.Name].Add(sample);
                }
            }
        }

        foreach (var line in trial.Lines)
        {
            Write(engine, line, samples[line.Mine], samples[line.Its]);
        }

        if (await trial.FinishAsync() is { } note)
        {
            output.WriteLine(Row(["  " + note, .. Enumerable.Repeat("", Columns.Length - 1)]));
        }
    }

    private void Write(string engine, Line line, List<Sample> mine, List<Sample> its)
    {
        var ratios = mine.Zip(its, line.RatioOf).ToArray();
        var ratio = Median(ratios);
        var isMet = line.Target.IsMet(ratio);
        Lines += line.Target == Target.None ? 0 : 1;
        Missed += line.Target == Target.None || isMet ? 0 : 1;
        output.WriteLine(Row(
        [
            line.Work, engine, $"{line.Clients}", Number(Median(mine.Select(line.Value))) + line.Unit,
            Number(Median(mine.Select(sample => sample.P50))), Number(Median(mine.Select(sample => sample.P99))), Processor(mine),
            line.Its, Number(Median(its.Select(line.ItsValue ?? line.Value))) + line.Unit,
            $"{ratio:0.00} ({ratios.Min():0.00}-{ratios.Max():0.00})", line.Target.ToString(), line.Target == Target.None ? "" : isMet ? "yes" : "no",
        ]));
        output.Flush();
    }

    /// <summary>The server's, and the engine's own processes' behind a plus.</summary>
    private static string Processor(List<Sample> samples)
    {
        var (server, engine) = (Median(samples.Select(sample => sample.ServerMicroseconds)), Median(samples.Select(sample => sample.EngineMicroseconds)));
        return double.IsNaN(engine) ? Number(server) : $"{Number(server)}+{Number(engine)}";
    }

    private static string Row(IReadOnlyList<string> cells) =>
        "| " + string.Join(" | ", cells.Zip(Columns, (cell, column) => column.Width < 0 ? cell.PadRight(-column.Width) : cell.PadLeft(column.Width))) + " |";

    private static string Number(double number) => number switch
    {
        double.NaN => "",
        >= 100 => number.ToString("0", CultureInfo.InvariantCulture),
        >= 10 => number.ToString("0.0", CultureInfo.InvariantCulture),
        _ => number.ToString("0.00", CultureInfo.InvariantCulture),
    };

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
