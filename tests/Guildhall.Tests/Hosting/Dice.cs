namespace Guildhall.Tests.Hosting;

/// <summary>Chance that a seed repeats.</summary>
internal sealed class Dice(int seed)
{
#pragma warning disable RS0030, CA5394 // Neither an id nor a secret comes of it, and a failure has to be repeatable.
    private readonly Random random = new(seed);

    public static int NewSeed() => Random.Shared.Next();

    /// <summary>A number from <paramref name="from"/> up to and without <paramref name="to"/>.</summary>
    public int Throw(int from, int to) => random.Next(from, to);
#pragma warning restore RS0030, CA5394

    public Dice Another() => new(Throw(0, int.MaxValue));
}
