using System.Diagnostics;
using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Replicas;

/// <summary>Replicas are killed under load, again and again: what any of them has acknowledged is there, once and whole, and the rest carry on.</summary>
public sealed class ReplicaCrashTests
{
    private const int Replicas = 3;
    private const int Kills = 3;
    private const int Invitees = 12;
    private const int Groups = 2;

    [Theory, PostgresOnly]
    public async Task What_any_replica_acknowledged_survives_kill_9_of_it_and_the_others_carry_on(Engine engine)
    {
        Assert.Equal(Engine.Postgres, engine);
        var seed = Dice.NewSeed();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var dice = new Dice(seed);
        await using var replicas = await ReplicaSet.StartAsync(Replicas);
        using var load = await CrashLoad.CreateAsync(replicas, Invitees, Groups, dice);

        var watch = Stopwatch.StartNew();
        load.Start();
        for (var kill = 0; kill < Kills; kill++)
        {
            await Task.Delay(dice.Throw(200, 900));
            await replicas.KillAsync(dice.Throw(0, Replicas));
            await replicas.StartOneAsync();
        }

        await load.StopAsync();
        await load.VerifyAsync();
        Assert.Equal(Replicas, replicas.Addresses.Length);
        TestContext.Current.TestOutputHelper!.WriteLine($"{load}, {watch.Elapsed.TotalSeconds:0.0} s");
        Assert.True(load.FewestAcknowledged > Kills, $"too quiet: {load}");
    }
}
