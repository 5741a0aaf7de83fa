using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Tests.Identity;

/// <summary>Keeps every thread that hashes passwords busy until it is disposed; whoever signs in meanwhile waits.</summary>
internal sealed class BusyHashing : IDisposable
{
    private readonly ManualResetEventSlim end = new();

    public static async Task<BusyHashing> BeginAsync(Passwords passwords)
    {
        var (busy, begun) = (new BusyHashing(), 0);
        for (var i = 0; i < HashingPool.UsualThreads; i++)
        {
            _ = passwords.InTurnAsync<Done>(new HashingTurn(default, (ulong)i, IsProven: true), Wait, CancellationToken.None);
        }

        await Patience.UntilAsync(() => Volatile.Read(ref begun) == HashingPool.UsualThreads);
        return busy;

        Result<Done> Wait()
        {
            Interlocked.Increment(ref begun);
            busy.end.Wait();
            return new Done();
        }
    }

    public void Dispose() => end.Set();
}
