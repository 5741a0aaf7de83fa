using Guildhall.Benchmarks;

// Each piece of work beside its yardstick, interleaved, medians over rounds. Client, server and yardstick share the machine, so the
// ratios say more than the rates. The argument is the number of rounds; GUILDHALL_BENCH_POSTGRES names a PostgreSQL to measure too.
var rounds = args is [var given, ..] && int.TryParse(given, out var number) ? number : 5;
var postgres = Environment.GetEnvironmentVariable("GUILDHALL_BENCH_POSTGRES");
Console.WriteLine($"Guildhall beside its yardsticks: {Environment.ProcessorCount} cores, .NET {Environment.Version}, client and server on the same machine, medians of {rounds} rounds.");
foreach (var engine in (string?[])[null, .. postgres is null ? (string?[])[] : [postgres]])
{
    await using var guildhall = await BenchedService.StartAsync(engine);
    Console.WriteLine();
    Console.WriteLine(guildhall.Durability);
    Console.WriteLine(Report.Header);
    foreach (var work in Workload.All(guildhall))
    {
        Console.WriteLine(await Report.MeasureAsync(work, rounds));
    }
}
