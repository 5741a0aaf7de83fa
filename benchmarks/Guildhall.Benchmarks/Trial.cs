namespace Guildhall.Benchmarks;

/// <summary>Something to measure: what is run in turns, and the lines of the table that come of it.</summary>
/// <param name="Key">What <c>--only</c> names it by.</param>
/// <param name="What">For <c>--list</c>.</param>
/// <param name="PrepareAsync">Null comes back where this engine has no such figure.</param>
internal sealed record Experiment(string Key, string What, Func<Bench, Task<Trial?>> PrepareAsync);

/// <summary>What is run in turns, round after round.</summary>
internal sealed record Trial(IReadOnlyList<Arm> Arms, IReadOnlyList<Line> Lines)
{
    /// <summary>After the last round: checks, and what else is worth saying.</summary>
    public Func<Task<string?>> FinishAsync { get; init; } = () => Task.FromResult<string?>(null);
}

/// <summary>One of the things that are run in turns.</summary>
internal sealed record Arm(string Name, Func<TimeSpan, Task<Sample>> RunAsync)
{
    /// <summary>Between its end and what comes next, outside the clock.</summary>
    public Func<Task> SettleAsync { get; init; } = () => Task.CompletedTask;
}

/// <summary>A line of the table: one arm held against another.</summary>
/// <param name="Mine">The arm that the work is measured by.</param>
/// <param name="Its">The arm that it is held against.</param>
internal sealed record Line(string Work, int Clients, string Mine, string Its, Target Target)
{
    public Func<Sample, double> Value { get; init; } = sample => sample.PerSecond;

    /// <summary>Where the yardstick is something else of the same round; the same value where null.</summary>
    public Func<Sample, double>? ItsValue { get; init; }

    public string Unit { get; init; } = "/s";

    public double RatioOf(Sample mine, Sample its) => Value(mine) / (ItsValue ?? Value)(its);
}

/// <summary>What a ratio has to be.</summary>
internal sealed record Target(double Limit, bool IsAtLeast = true)
{
    public static readonly Target None = new(double.NaN);

    public bool IsMet(double ratio) => IsAtLeast ? ratio >= Limit : ratio <= Limit;

    public override string ToString() => double.IsNaN(Limit) ? "" : $"{(IsAtLeast ? ">=" : "<=")} {Limit:0.0#}";
}
