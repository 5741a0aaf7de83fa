using System.Buffers;
using System.Text;

namespace Guildhall.Identity;

/// <summary>Path and query in the one spelling that both sides of a signature agree on, however they were escaped on the way.</summary>
internal static class CanonicalUri
{
    private static readonly SearchValues<byte> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"u8);

    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~/");

    /// <summary>Each segment decoded and encoded again, with a slash at the end always.</summary>
    public static string Path(string raw)
    {
        if (!raw.AsSpan().ContainsAnyExcept(Plain))
        {
            return raw.EndsWith('/') ? raw : raw + "/"; // it is in that spelling, as it nearly always is
        }

        var path = string.Join('/', raw.Split('/').Select(segment => Encode(Decode(segment, plusIsSpace: false))));
        return path.EndsWith('/') ? path : path + "/";
    }

    /// <summary>Sorted by name and then by value, byte by byte, as they are before encoding. A name without a value ends in <c>=</c>.</summary>
    /// <remarks>Go writes a space as <c>+</c> and signs it as <c>%20</c>.</remarks>
    public static string Query(string raw)
    {
        if (raw.Length == 0)
        {
            return "";
        }

        var parameters = new List<(byte[] Name, byte[] Value)>();
        foreach (var part in raw.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=');
            var (name, value) = equals < 0 ? (part, "") : (part[..equals], part[(equals + 1)..]);
            parameters.Add((Decode(name, plusIsSpace: true), Decode(value, plusIsSpace: true)));
        }

        parameters.Sort((left, right) =>
        {
            var order = left.Name.AsSpan().SequenceCompareTo(right.Name);
            return order != 0 ? order : left.Value.AsSpan().SequenceCompareTo(right.Value);
        });
        return string.Join('&', parameters.Select(parameter => $"{Encode(parameter.Name)}={Encode(parameter.Value)}"));
    }

    private static byte[] Decode(string text, bool plusIsSpace)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            var value = bytes[i];
            if (value == '%' && i + 2 < bytes.Length && char.IsAsciiHexDigit((char)bytes[i + 1]) && char.IsAsciiHexDigit((char)bytes[i + 2]))
            {
                value = (byte)((DigitOf(bytes[i + 1]) << 4) | DigitOf(bytes[i + 2]));
                i += 2;
            }
            else if (value == '+' && plusIsSpace)
            {
                value = (byte)' ';
            }

            bytes[length++] = value;
        }

        return bytes[..length];
    }

    private static string Encode(byte[] bytes)
    {
        if (!bytes.AsSpan().ContainsAnyExcept(Unreserved))
        {
            return Encoding.ASCII.GetString(bytes);
        }

        var text = new StringBuilder(3 * bytes.Length);
        foreach (var value in bytes)
        {
            if (Unreserved.Contains(value))
            {
                text.Append((char)value);
            }
            else
            {
                text.Append('%').Append(value.ToString("X2"));
            }
        }

        return text.ToString();
    }

    private static int DigitOf(byte hex) => hex <= '9' ? hex - '0' : (hex | 0x20) - 'a' + 10;
}
