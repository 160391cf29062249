"""The estimated map 推計震度分布: stations and ground in, intensity on 250 m cells out; learned station terms."""
