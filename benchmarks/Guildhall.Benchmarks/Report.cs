namespace Guildhall.Benchmarks;

/// <summary>Measures a workload and its yardstick in turns, and says both.</summary>
internal static class Report
{
    public const string Header = "work               clients  guildhall/s    p50 ms   p99 ms  yardstick                    its/s  ratio";

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);

    /// <remarks>The ratio is the median of the rounds' ratios: a machine that is slow for a while is slow for both.</remarks>
    public static async Task<string> MeasureAsync(Workload work, int rounds)
    {
        var (ours, theirs, name) = (new List<Sample>(), new List<double>(), "");
        for (var round = 0; round <= rounds; round++)
        {
            var requests = await work.Requests();
            var yardstick = await work.Yardstick(requests[0]);
            var sample = await Load.RunAsync(work.Service.Http, work.Clients, Round, requests, work.Repeats);
            var rate = await yardstick.RunAsync(Round);
            name = yardstick.Name;
            if (round > 0) // the first round warms both up
            {
                ours.Add(sample);
                theirs.Add(rate);
            }
        }

        var ratio = Median(ours.Zip(theirs, (mine, its) => mine.PerSecond / its));
        return $"{work.Name,-18}{work.Clients,8}{Median(ours.Select(one => one.PerSecond)),13:0}{Median(ours.Select(one => one.Median)),10:0.00}{Median(ours.Select(one => one.P99)),9:0.00}  {name,-24}{Median(theirs),10:0}{ratio,7:0.00}";
    }

    private static double Median(IEnumerable<double> values) => Load.At([.. values.Order()], 0.5);
}
