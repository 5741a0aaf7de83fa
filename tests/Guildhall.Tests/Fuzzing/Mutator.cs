using System.Text;
using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Fuzzing;

/// <summary>Makes an input of real ones. The same seed makes the same input.</summary>
internal sealed class Mutator(FuzzTarget target)
{
    /// <summary>As much as a request may have.</summary>
    public const int MaxLength = 1_000_000;

    private static readonly int[] Times = [2, 10, 31, 33, 63, 65, 99, 101, 1000, 10_000, 1_000_000];
    private static readonly string[] Numbers = ["0", "-1", "1", "255", "65536", "2147483647", "2147483648", "9223372036854775808", "1e999", "0.1"];

    public byte[] Make(int seed)
    {
        var dice = new Dice(seed);
        var input = Real(dice);
        for (var changes = dice.Throw(0, 6); changes >= 0; changes--)
        {
            input = Cut(Change(input, dice));
        }

        return input;
    }

    private byte[] Change(byte[] input, Dice dice)
    {
        var (from, length) = Range(input, dice);
        var part = input.AsSpan(from, length);
        return dice.Throw(0, target.Structure is null ? 12 : 24) switch
        {
            0 => Replaced(input, from, Math.Min(length, 1), [(byte)dice.Throw(0, 256)]),
            1 => Replaced(input, from, length, []),
            2 => Replaced(input, from, length, Repeated(part, Pick(Times, dice))),
            3 => Replaced(input, from, 0, Token(dice)),
            4 => Replaced(input, from, length, Token(dice)),
            5 => input[..from],
            6 => Spliced(input, from, dice),
            7 => Nested(input, from, length, dice),
            8 => Replaced(input, from, 0, Repeated([(byte)dice.Throw(0, 256)], Pick(Times, dice))),
            9 => Replaced(input, from, 0, Repeated(Token(dice), Pick(Times, dice))),
            10 => LineMoved(input, dice),
            11 => NumberChanged(input, dice),
            _ => target.Structure!.Change(input, dice),
        };
    }

    private byte[] Real(Dice dice) => target.Corpus.Length == 0 ? [] : Pick(target.Corpus, dice);

    private byte[] Token(Dice dice) => target.Tokens.Length == 0 ? [(byte)dice.Throw(0, 256)] : Encoding.UTF8.GetBytes(Pick(target.Tokens, dice));

    /// <summary>Wraps a part many times over, as a list in a list in a list.</summary>
    private byte[] Nested(byte[] input, int from, int length, Dice dice)
    {
        if (target.Nestings.Length == 0)
        {
            return Replaced(input, from, length, Token(dice));
        }

        var (open, close) = Pick(target.Nestings, dice);
        var times = Pick(Times, dice);
        return Replaced(input, from, length, [.. Repeated(Encoding.UTF8.GetBytes(open), times), .. input.AsSpan(from, length), .. Repeated(Encoding.UTF8.GetBytes(close), times)]);
    }

    private byte[] Spliced(byte[] input, int from, Dice dice)
    {
        var other = Real(dice);
        return [.. input.AsSpan(0, from), .. other.AsSpan(dice.Throw(0, other.Length + 1))];
    }

    private static byte[] LineMoved(byte[] input, Dice dice)
    {
        var lines = Encoding.Latin1.GetString(input).Split('\n').ToList();
        lines.Insert(dice.Throw(0, lines.Count + 1), lines[dice.Throw(0, lines.Count)]);
        return Encoding.Latin1.GetBytes(string.Join('\n', lines));
    }

    private static byte[] NumberChanged(byte[] input, Dice dice)
    {
        var at = Array.FindIndex(input, dice.Throw(0, input.Length + 1), value => char.IsAsciiDigit((char)value));
        return at < 0 ? input : Replaced(input, at, 1, Encoding.ASCII.GetBytes(Pick(Numbers, dice)));
    }

    private static (int From, int Length) Range(byte[] input, Dice dice)
    {
        var from = dice.Throw(0, input.Length + 1);
        var most = dice.Throw(0, 4) == 0 ? input.Length - from : Math.Min(16, input.Length - from);
        return (from, dice.Throw(0, most + 1));
    }

    internal static byte[] Repeated(ReadOnlySpan<byte> part, int times)
    {
        times = Math.Min(times, part.Length == 0 ? 0 : MaxLength / part.Length);
        var all = new byte[part.Length * times];
        for (var i = 0; i < times; i++)
        {
            part.CopyTo(all.AsSpan(i * part.Length));
        }

        return all;
    }

    internal static T Pick<T>(T[] among, Dice dice) => among[dice.Throw(0, among.Length)];

    private static byte[] Replaced(byte[] input, int from, int length, ReadOnlySpan<byte> with) => [.. input.AsSpan(0, from), .. with, .. input.AsSpan(from + length)];

    private static byte[] Cut(byte[] input) => input.Length <= MaxLength ? input : input[..MaxLength];
}
