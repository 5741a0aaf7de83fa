namespace Guildhall.Benchmarks;

/// <summary>Measures a workload and its yardstick in turns, and says both.</summary>
internal static class Report
{
    public const string Header = "work                clients   guildhall/s      p50 ms   p99 ms      bare/s   ratio";

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);

    public static async Task<string> MeasureAsync(Workload work, int rounds)
    {
        var (ours, bares) = (new List<Sample>(), new List<Sample>());
        for (var round = 0; round <= rounds; round++)
        {
            var requests = await work.Requests();
            var bare = await work.BareAsync(requests[0]);
            var first = await Load.RunAsync(work.Service.Http, work.Clients, Round, requests, work.Repeats);
            var second = await Load.RunAsync(work.Service.Http, work.Clients, Round, [bare], repeat: true);
            if (round > 0) // the first round warms both up
            {
                ours.Add(first);
                bares.Add(second);
            }
        }

        var ratio = Median(ours.Zip(bares, (mine, theirs) => mine.PerSecond / theirs.PerSecond));
        return $"{work.Name,-20}{work.Clients,7}{Median(ours.Select(one => one.PerSecond)),14:0}{Median(ours.Select(one => one.Median)),12:0.00}{Median(ours.Select(one => one.P99)),9:0.00}{Median(bares.Select(one => one.PerSecond)),12:0}{ratio,8:0.00}";
    }

    private static double Median(IEnumerable<double> values) => Load.At([.. values.Order()], 0.5);
}
