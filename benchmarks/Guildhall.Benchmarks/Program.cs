using Guildhall.Benchmarks;

// A smoke benchmark: each piece of work beside a bare endpoint that returns the same bytes, interleaved, medians over rounds.
// Client and server share the machine, so the ratios say more than the rates.
var rounds = args is [var given, ..] && int.TryParse(given, out var number) ? number : 5;
await using var guildhall = await BenchedService.StartAsync();
Console.WriteLine($"Guildhall beside a bare Kestrel endpoint. {Environment.ProcessorCount} cores, .NET {Environment.Version}, SQLite WAL synchronous=FULL, {rounds} rounds.");
Console.WriteLine();
Console.WriteLine(Report.Header);
foreach (var work in Workload.All(guildhall))
{
    Console.WriteLine(await Report.MeasureAsync(work, rounds));
}
