using System.Net;
using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Tests.Identity;

/// <summary>Whose password is hashed when more come than there are threads.</summary>
public sealed class HashingPoolTests
{
    private const int Overloaded = 503;
    private const int TooMany = 429;

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task A_hundred_sign_ins_from_one_address_delay_one_from_another_by_one()
    {
        await using var busy = await Busy.BeginAsync();
        busy.Add(100, i => Turn("192.0.2.1", name: i), "flood");
        busy.Add(1, _ => Turn("192.0.2.2"), "single");

        Assert.InRange(Array.IndexOf(await busy.RunAsync(), "single"), 0, 1);
    }

    [Fact]
    public async Task A_crowd_at_one_name_delays_another_name_from_the_same_address_by_one()
    {
        await using var busy = await Busy.BeginAsync();
        busy.Add(HashingPool.MaxWaitingPerName, _ => Turn("192.0.2.1", name: 1), "crowd");
        busy.Add(1, _ => Turn("192.0.2.1", name: 2), "single");

        Assert.InRange(Array.IndexOf(await busy.RunAsync(), "single"), 0, 1);
    }

    [Fact]
    public async Task A_customer_with_many_IPv6_networks_takes_the_turns_of_one()
    {
        await using var busy = await Busy.BeginAsync();
        busy.Add(200, i => Turn($"2001:db8:1:{i:x}::1"), "flood");
        busy.Add(1, _ => Turn("2001:db8:2::1"), "single");

        Assert.InRange(Array.IndexOf(await busy.RunAsync(), "single"), 0, 1);
    }

    [Fact]
    public async Task Who_has_signed_in_from_there_waits_for_one_stranger_at_most()
    {
        await using var busy = await Busy.BeginAsync();
        busy.Add(200, i => Turn($"192.0.2.{i}"), "strangers");
        busy.Add(3, i => Turn($"198.51.100.{i}") with { IsProven = true }, "proven");

        var order = await busy.RunAsync();
        Assert.Equal(3, order[..6].Count(who => who == "proven"));
    }

    [Fact]
    public async Task So_many_wait_for_one_name_and_so_many_from_one_address()
    {
        await using var busy = await Busy.BeginAsync();
        busy.Add(HashingPool.MaxWaitingPerName, _ => Turn("192.0.2.1", name: 1), "");
        Assert.Equal(TooMany, await busy.WhyNotAsync(Turn("192.0.2.1", name: 1)));

        busy.Add(HashingPool.MaxWaitingPerAddress - HashingPool.MaxWaitingPerName, i => Turn("192.0.2.1", name: 2 + i), "");
        Assert.Equal(TooMany, await busy.WhyNotAsync(Turn("192.0.2.1", name: 1000)));
        Assert.Equal(HashingPool.MaxWaitingPerAddress, busy.Pool.Waiting);
    }

    [Fact]
    public async Task Where_all_places_are_taken_who_has_most_gives_one_to_who_has_none()
    {
        await using var busy = await Busy.BeginAsync();
        var flood = busy.Add(HashingPool.MaxWaiting, i => Turn($"2001:db8:1:{i:x}::1"), "flood");
        Assert.Equal(Overloaded, await busy.WhyNotAsync(Turn("2001:db8:1:ffff::1")));

        busy.Add(1, _ => Turn("192.0.2.1"), "single");

        Assert.Equal(HashingPool.MaxWaiting, busy.Pool.Waiting);
        await Patience.UntilAsync(() => flood.Exists(one => one.IsCompleted));
        Assert.Equal(TooMany, (await Assert.Single(flood, one => one.IsCompleted)).IsRefused(out var refusal) ? refusal.Status : 0);
        Assert.Contains("single", await busy.RunAsync());
    }

    [Fact]
    public async Task Where_a_thousand_addresses_have_one_place_each_the_next_is_told_to_come_again()
    {
        await using var busy = await Busy.BeginAsync();
        busy.Add(HashingPool.MaxWaiting, i => Turn($"10.1.{i / 256}.{i % 256}"), "");

        Assert.Equal(Overloaded, await busy.WhyNotAsync(Turn("192.0.2.1")));
        Assert.Equal(0, await busy.WhyNotAsync(Turn("192.0.2.1") with { IsProven = true }));
    }

    [Fact]
    public async Task Who_goes_away_leaves_its_place_and_nothing_is_hashed_for_it()
    {
        await using var busy = await Busy.BeginAsync();
        using var gone = new CancellationTokenSource();
        var (waiting, isDone) = (busy.Pool.Waiting, false);
        var waits = busy.Pool.RunAsync<Done>(Turn("192.0.2.1"), () => { isDone = true; return new Done(); }, gone.Token);
        Assert.Equal(waiting + 1, busy.Pool.Waiting);

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waits);
        Assert.Equal(waiting, busy.Pool.Waiting);
        await busy.RunAsync();
        Assert.False(isDone);
    }

    [Fact]
    public async Task What_was_begun_is_done_and_what_fails_is_told_to_its_caller_alone()
    {
        var pool = new HashingPool(threads: 1);
        using var gone = new CancellationTokenSource();
        using var goOn = new ManualResetEventSlim();
        var (isBegun, isDone) = (false, false);
        var left = pool.RunAsync<Done>(Turn("192.0.2.1"), () => { Volatile.Write(ref isBegun, true); goOn.Wait(); Volatile.Write(ref isDone, true); return new Done(); }, gone.Token);
        await Patience.UntilAsync(() => Volatile.Read(ref isBegun));
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        goOn.Set();

        await Assert.ThrowsAsync<InvalidDataException>(() => pool.RunAsync<Done>(Turn("192.0.2.1"), () => throw new InvalidDataException(), None));
        Assert.False((await pool.RunAsync<Done>(Turn("192.0.2.1"), () => new Done(), None)).IsRefused(out _));
        Assert.True(Volatile.Read(ref isDone));
    }

    [Fact]
    public async Task No_more_threads_than_there_shall_be_hash_at_once()
    {
        var (pool, inside, most) = (new HashingPool(threads: 2), 0, 0);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => pool.RunAsync<Done>(
            Turn($"192.0.2.{i}"),
            () =>
            {
                var now = Interlocked.Increment(ref inside);
                most = Math.Max(most, now);
                Thread.SpinWait(1000);
                Interlocked.Decrement(ref inside);
                return new Done();
            },
            None))));
        Assert.InRange(most, 1, 2);
    }

    private static HashingTurn Turn(string address, int name = 0) => new(NetworkPrefix.Of(IPAddress.Parse(address)), (ulong)name, IsProven: false);

    /// <summary>A pool whose one thread is busy; what is added waits, and is told in its order when all of it runs.</summary>
    private sealed class Busy : IAsyncDisposable
    {
        private readonly ManualResetEventSlim end = new();
        private readonly List<string> order = [];
        private readonly List<Task> added = [];

        public HashingPool Pool { get; } = new(threads: 1);

        public static async Task<Busy> BeginAsync()
        {
            var (busy, isBegun) = (new Busy(), false);
            busy.added.Add(busy.Pool.RunAsync<Done>(Turn("203.0.113.1"), Wait, None));
            await Patience.UntilAsync(() => Volatile.Read(ref isBegun));
            return busy;

            Result<Done> Wait()
            {
                Volatile.Write(ref isBegun, true);
                busy.end.Wait();
                return new Done();
            }
        }

        public List<Task<Result<Done>>> Add(int times, Func<int, HashingTurn> turn, string who)
        {
            var all = Enumerable.Range(0, times).Select(i => Pool.RunAsync<Done>(turn(i), () => { order.Add(who); return new Done(); }, None)).ToList();
            added.AddRange(all);
            return all;
        }

        /// <summary>The status of the refusal; 0 for none.</summary>
        public async Task<int> WhyNotAsync(HashingTurn turn)
        {
            var asked = Pool.RunAsync<Done>(turn, () => new Done(), None);
            if (!asked.IsCompleted)
            {
                added.Add(asked);
                return 0;
            }

            return (await asked).IsRefused(out var refusal) ? refusal.Status : 0;
        }

        public async Task<string[]> RunAsync()
        {
            end.Set();
            await Task.WhenAll(added);
            return [.. order];
        }

        public async ValueTask DisposeAsync() => await RunAsync();
    }
}
