using System.CommandLine;
using Guildhall.Benchmarks;

if (args is [BareEndpoint.Command, var port, var answers])
{
    await BareEndpoint.RunAsync(int.Parse(port), answers);
    return 0;
}

const long usualGrowth = 1_000_000;
var experiments = Reads.All.Concat(Writes.All).Concat(Starting.All).Concat(Policies.All).Append(Memory.Experiment).Append(Growth.Experiment(usualGrowth)).ToArray();
var rounds = new Option<int>("--rounds") { Description = "Rounds that count; one more warms up.", DefaultValueFactory = _ => 5 };
var seconds = new Option<double>("--seconds") { Description = "How long each side of a round runs.", DefaultValueFactory = _ => 2 };
var only = new Option<string?>("--only")
{
    Description = "Only the figures whose key begins so; several are separated by commas.",
    HelpName = "KEY",
};
var growth = new Option<long>("--growth") { Description = "Memberships for the figure growth.", DefaultValueFactory = _ => usualGrowth };
var engineName = new Option<string?>("--engine") { Description = "Only this engine.", HelpName = "sqlite|postgresql" };
var command = new RootCommand(
    $"""
    Measures Guildhall beside its yardsticks: each round runs both in turns, and a ratio is the median of the rounds' ratios.
    Client, server and yardstick share the machine, so ratios say more than rates. docs/performance.md says what each figure means.

    Figures, by key:
    {string.Join('\n', experiments.Select(one => $"  {one.Key,-16}{one.What}"))}

    Examples:
      make bench
      make bench ARGS="--only list --rounds 3"
      make bench ARGS="--only invite,idle --engine postgresql --seconds 5"
      make bench ARGS="--only growth --growth 10000000"
    """) { rounds, seconds, only, engineName, growth };
command.SetAction(async (parsed, cancellationToken) =>
{
    var keys = (parsed.GetValue(only) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries);
    var run = new BenchRun(parsed.GetValue(rounds), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(engineName));
    var chosen = experiments.Select(one => one.Key == "growth" ? Growth.Experiment(parsed.GetValue(growth)) : one).Where(one => keys.Length == 0 || keys.Any(key => one.Key.StartsWith(key, StringComparison.Ordinal))).ToArray();
    if (chosen.Length == 0)
    {
        await System.Console.Error.WriteLineAsync($"No figure's key begins with {string.Join(" or ", keys)}; --help lists them.");
        return 2;
    }

    await run.RunAsync(chosen);
    return 0;
});
return await command.Parse(args).InvokeAsync();
