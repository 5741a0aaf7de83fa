namespace Guildhall.Fabric;

/// <summary>Repeats a call that found nobody or no leader, at each of several servers in turn, with growing pauses between the rounds.</summary>
internal static class Attempts
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <exception cref="FabricException">Patience ran out, or it is trouble that waiting does not cure.</exception>
    public static Task<T> RunAsync<T>(
        IReadOnlyList<GrpcConnection> servers, FabricOptions options, TimeProvider clock, Func<GrpcConnection, Task<T>> call, CancellationToken cancellationToken) =>
        RepeatAsync(options, clock, () => AskAsync(servers, call), cancellationToken);

    /// <summary>Repeats a whole round while its trouble is passing.</summary>
    /// <exception cref="FabricException">Patience ran out, or it is trouble that waiting does not cure.</exception>
    public static async Task<T> RepeatAsync<T>(FabricOptions options, TimeProvider clock, Func<Task<T>> round, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        for (var pause = options.FirstPause; ; pause = After(pause))
        {
            var next = pause;
            try
            {
                return await round();
            }
            catch (FabricException trouble) when (trouble.IsPassing && clock.GetElapsedTime(started) + next <= options.Patience)
            {
                // It is tried again.
            }

            await Task.Delay(pause, clock, cancellationToken);
        }
    }

    public static TimeSpan After(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;

    /// <summary>The trouble that is told of several: first what is said about the update itself, then what may pass, since what only one server says may be that server's own.</summary>
    public static FabricException Telling(FabricException? earlier, FabricException later) => earlier is null || Weight(later) > Weight(earlier) ? later : earlier;

    /// <summary>One server's refusal is not final: it may be behind, and know neither the channel nor who asks. Whether it took an update whose answer was lost, another cannot tell.</summary>
    private static async Task<T> AskAsync<T>(IReadOnlyList<GrpcConnection> servers, Func<GrpcConnection, Task<T>> call)
    {
        FabricException? trouble = null;
        foreach (var server in servers)
        {
            try
            {
                return await call(server);
            }
            catch (FabricException problem) when (problem.Kind != FabricErrorKind.UnknownOutcome)
            {
                trouble = Telling(trouble, problem);
            }
        }

        throw trouble!;
    }

    private static int Weight(FabricException trouble) => trouble.Kind switch
    {
        FabricErrorKind.VersionConflict or FabricErrorKind.MissingSignatures or FabricErrorKind.InvalidUpdate or FabricErrorKind.NothingToChange or FabricErrorKind.TooLarge => 2,
        _ => trouble.IsPassing ? 1 : 0,
    };
}
